namespace Rempart.Lab.Hosts;

/// <summary>
/// The first process of a host: a shell that makes its file systems and keeps `rempart-init` running, as systemd does on a real one. When it
/// ends the kernel ends everything in its pid namespace, machines too, and what it mounted goes with it.
/// </summary>
internal static class BootScript
{
    /// <summary>There inside once file systems are as they must be.</summary>
    internal const string Mounted = Layout.HostLayout.Inside + "/mounted";

    /// <summary>`rempart-init` starts when somebody makes this inside.</summary>
    internal const string Go = Layout.HostLayout.Inside + "/go";

    /// <summary>Arguments: the host's folder, its name, programs, runtime, `rempart-init`'s folder inside, and shell commands that mount cgroups.</summary>
    internal const string Text = """
        set -eu
        folder=$1 name=$2 programs=$3 runtime=$4 instance=$5 cgroups=$6
        # /proc is still the machine's: the pid is the one that it knows.
        read -r pid rest </proc/self/stat
        echo "$pid" >"$folder/pid.new"
        mv "$folder/pid.new" "$folder/pid"
        mount --make-rprivate /
        hostname "$name"
        inside=$folder/run/rempart-lab
        mkdir -p "$folder/run"
        mount -t tmpfs -o mode=0755,nosuid,nodev run "$folder/run"
        mkdir -p "$folder/run/netns" "$folder/run/lock" "$inside/programs" "$inside/proc"
        show() { mkdir "$2"; mount --bind "$1" "$2"; mount -o remount,bind,ro "$2"; }
        for kind in init node server cli; do show "$programs/$kind" "$inside/programs/$kind"; done
        show "$runtime" "$inside/dotnet"
        for file in "$folder"/etc/*; do
          [ ! -e "/etc/${file##*/}" ] || mount --bind "$file" "/etc/${file##*/}"
        done
        umount -R -l /sys
        mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
        eval "$cgroups"
        mount -t proc -o nosuid,nodev,noexec proc /proc
        # Who makes a user namespace may mount a proc only where one is seen whole, and the next line hides a file of the other.
        mount -t proc -o nosuid,nodev,noexec proc "$inside/proc"
        cat /proc/sys/kernel/random/uuid >"$inside/boot-id"
        chmod 0444 "$inside/boot-id"
        mount --bind "$inside/boot-id" /proc/sys/kernel/random/boot_id
        mount --rbind "$folder/run" /run
        mount --bind "$folder/data" /var/lib/rempart
        mount -t tmpfs -o mode=1777,nosuid,nodev tmp /tmp
        cd /
        ip link set lo up
        : >/run/rempart-lab/mounted
        until [ -e /run/rempart-lab/go ]; do sleep 0.05; done
        export DOTNET_ROOT=/run/rempart-lab/dotnet DOTNET_EnableDiagnostics=0 DOTNET_gcServer=0
        while :; do
          code=0
          /run/rempart-lab/programs/init/rempart-init run --data "$instance" >>"$instance/logs/init.log" 2>&1 || code=$?
          [ "$code" -ne 0 ] || exit 0
          sleep 1
        done
        """;
}
