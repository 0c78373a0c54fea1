# From dumpe2fs: a debugfs command for each time of each inode in use.
/^Inodes per group:/ { per = $4 }
/^Group [0-9]+:/ { group = $2 + 0 }
/^  Free inodes:/ {
  first = group * per + 1
  count = 0
  line = $0; sub(/^  Free inodes: */, "", line)
  n = split(line, ranges, /, */)
  from = first
  for (i = 1; i <= n; i++) { if (ranges[i] == "") continue; split(ranges[i], ends, "-"); for (; from < ends[1]; from++) emit(from); from = (ends[2] == "" ? ends[1] : ends[2]) + 1 }
  for (; from < first + per; from++) emit(from)
}
function emit(inode) { if (inode != 2 && inode < 11) return; printf "set_inode_field <%d> ctime @%d\nset_inode_field <%d> ctime_extra 0\nset_inode_field <%d> atime @%d\nset_inode_field <%d> atime_extra 0\nset_inode_field <%d> crtime @%d\nset_inode_field <%d> crtime_extra 0\n", inode, epoch, inode, inode, epoch, inode, inode, epoch, inode }
