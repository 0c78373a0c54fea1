# A serial line has no window size. At login the terminal itself is asked: the cursor goes far down and right, and
# reports where it stopped. `resize` asks again after the window changed.
resize() {
  [ -t 0 ] && [ -t 1 ] || return 0
  _old=$(stty -g) || return 0
  stty raw -echo min 0 time 5
  printf '\0337\033[r\033[999;999H\033[6n\0338'
  _reply='' _left=16
  while [ "$_left" -gt 0 ]; do
    _letter=$(dd bs=1 count=1 2>/dev/null)
    case $_letter in '') break ;; R) break ;; esac
    _reply=$_reply$_letter _left=$((_left - 1))
  done
  stty "$_old"
  _reply=${_reply#*[}
  case $_reply in
    [1-9]*\;[1-9]*) stty rows "${_reply%%;*}" cols "${_reply##*;}" 2>/dev/null ;;
    *) stty rows 24 cols 80 ;;
  esac
  unset _old _reply _letter _left
}
case $(tty) in
  /dev/ttyS* | /dev/hvc*) resize ;;
esac
