#!/bin/sh
# Called by udhcpc with the lease in its environment.
# shellcheck disable=SC2154
case "$1" in
bound | renew)
  # Tunnels between hosts take a part of each packet.
  [ -n "$mtu" ] && ip link set "$interface" mtu "$mtu"
  ip addr flush dev "$interface"
  ip addr add "$ip/${mask:-24}" dev "$interface"
  [ -n "$router" ] && ip route replace default via "${router%% *}" dev "$interface"
  [ -n "$dns" ] && for server in $dns; do echo "nameserver $server"; done > /etc/resolv.conf
  echo "rempart micro: $interface has $ip"
  ;;
esac
