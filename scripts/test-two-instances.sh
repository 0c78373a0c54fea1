#!/usr/bin/env bash
# A long test: two instances side by side on one host, and nothing left of either on the host after it.
#
#   scripts/test-two-instances.sh [--port N]      N and N+1 are used
#
# The first is of a clone that another user owns, in a folder that only that user can enter, whose path has blanks and letters beyond ASCII.
# What must hold: both run a machine; neither's keys, programs or guests reach the other; purging one leaves the other's machine running
# and its network working; after the second's purge the host is as an inventory of before says, processes, links, kernel settings and /etc included.
source "$(dirname "${BASH_SOURCE[0]}")/story.sh"
port=6541
[ "${1:-}" != --port ] || port=${2:?--port needs a number}
one="$STORY_FOLDER/zwei Wörter, \$HOME & Co/rempart"
two=$STORY_FOLDER/two/rempart

# status_with_keys_of CLONE PORT: what the server at PORT answers to the administrator of CLONE, whose client asks without a look at the server's certificate.
status_with_keys_of() {
  local file part
  file=$(home_of "$1")/admin.kubeconfig
  for part in certificate key; do sed -n "s/^    client-$part-data: //p" "$file" | base64 -d >"$STORY_FOLDER/$part.pem"; done
  curl -sk -o /dev/null -w '%{http_code}' --cert "$STORY_FOLDER/certificate.pem" --key "$STORY_FOLDER/key.pem" "https://127.0.0.1:$2/api/v1/namespaces" || true
}

# An address that the host's end of an instance's uplink has.
uplink_address() { ip -n "rempart-$1" -4 -o addr | sed -nE 's/.* inet (100\.[0-9.]+)\/.*/\1/p' | head -n 1; }

host_inventory >"$STORY_FOLDER/inventory.before"
make_clone "$one"
make_clone "$two"
chown -R nobody:nogroup "$STORY_FOLDER/zwei Wörter, \$HOME & Co"
chmod 0700 "$STORY_FOLDER/zwei Wörter, \$HOME & Co"

says "the first"
(cd "$one" && ./dev up --port "$port")
says "the second, while the first runs"
(cd "$two" && ./dev up --port $((port + 1)))
first=$(home_of "$one") second=$(home_of "$two")
first_id=${first##*/} second_id=${second##*/}
uids=("$(machine "$one" first .metadata.uid)" "$(machine "$two" first .metadata.uid)")
pids=("$(hypervisors "${uids[0]}")" "$(hypervisors "${uids[1]}")")
expect "the first's machine" "$(machine "$one" first .status.phase)" Running
expect "the second's machine" "$(machine "$two" first .status.phase)" Running
expect "hypervisors" "$(wc -w <<<"${pids[*]}")" 2

says "neither reaches the other"
expect "with its own keys" "$(status_with_keys_of "$one" "$port")" 200
case $(status_with_keys_of "$one" $((port + 1))) in 401 | 000) ;; *) fail "the second instance lets the first's administrator in" ;; esac
case $(status_with_keys_of "$two" "$port") in 401 | 000) ;; *) fail "the first instance lets the second's administrator in" ;; esac
merged=$(KUBECONFIG="$first/admin.kubeconfig:$second/admin.kubeconfig" kubectl config get-clusters | tail -n +2 | sort -u | wc -l)
expect "clusters of both kubeconfigs together" "$merged" 2
expect "users of both" "$(cut -d: -f1,3 /etc/passwd | grep -cE "^rempart-($first_id|$second_id)")" 6
setpriv --reuid "rempart-$first_id" --regid "rempart-$first_id" --clear-groups ls "$second/server" 2>/dev/null && fail "the first's server user reads the second's folder"
address=$(uplink_address "$second_id")
[ -n "$address" ] || fail "the second's uplink has no address"
if ip netns exec "rempart-$first_id" timeout 5 ping -c 1 -W 2 "$address" >/dev/null 2>&1; then fail "the first's network reaches the second's ($address)"; fi

says "the first goes"
(cd "$one" && ./dev down --purge)
expect "the second's hypervisor" "$(hypervisors "${uids[1]}")" "${pids[1]}"
expect "the first's hypervisor" "$(hypervisors "${uids[0]}")" ""
expect "forwarding, which the second needs" "$(cat /proc/sys/net/ipv4/ip_forward)" 1
(cd "$two" && ./dev status) || fail "the second has lost something"
expect "the second's machine" "$(machine "$two" first .status.phase)" Running
grep -q "$first_id" <(host_inventory | grep -v "^path $STORY_FOLDER") && fail "the first is still there: $(host_inventory | grep "$first_id")"

says "the first's checkout gets a new one"
(cd "$one" && ./dev up --port "$port")
expect "the new one's machine" "$(machine "$one" first .status.phase)" Running
third=$(home_of "$one")
(cd "$one" && ./dev down --purge)
(cd "$two" && ./dev down --purge)

says "the host as it was before"
expect_unchanged "$STORY_FOLDER/inventory.before" "$first_id" "$second_id" "${third##*/}"
says passed
