using Rempart.Node.Networks;

namespace Rempart.Node.Names;

/// <summary>
/// Starts what reads names: the responder, which reads what guests send, and the forwarder, which reads what the outside answers. Each has
/// a root of its own with /usr, the runtime, its program and its data, all read-only, and a /proc of processes only; no user's, no privileges,
/// nothing of the host's network but the namespace it is started in.
/// </summary>
internal static class NameJail
{
    private const string HeapBytes = "0x4000000";

    private const string Data = "/data";

    /// <summary>Arguments: the new root, the program's folder (or nothing), the data's folder, user and group (which have no names inside), then the command.</summary>
    private const string Script = """
        root=$1 program=$2 data=$3 user=$(id -u "$4") group=$(getent group "$5" | cut -d: -f3); shift 5
        mount -t tmpfs -o mode=0755,nosuid,nodev,size=64k none "$root"
        bind() { mkdir "$root$2"; mount --bind "$1" "$root$2"; mount -o remount,bind,ro,nosuid,nodev "$root$2"; }
        bind /usr /usr; bind "$data" /data
        if [ -n "$program" ]; then bind "$program" /program; fi
        if [ -n "${DOTNET_ROOT:-}" ]; then bind "$DOTNET_ROOT" /runtime; export DOTNET_ROOT=/runtime; fi
        for link in bin sbin lib lib64; do [ ! -d "/usr/$link" ] || ln -s "usr/$link" "$root/$link"; done
        mkdir "$root/proc" "$root/dev"
        mount -t proc -o nosuid,nodev,noexec,hidepid=invisible,subset=pid none "$root/proc"
        for node in null urandom; do : >"$root/dev/$node"; mount --bind "/dev/$node" "$root/dev/$node"; done
        cd "$root"
        pivot_root . .
        umount -l .
        mount -o remount,bind,ro /
        exec setpriv --reuid="$user" --regid="$group" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all -- "$@"
        """;

    internal static IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["DOTNET_EnableDiagnostics"] = "0",
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_GCHeapHardLimit"] = HeapBytes,
        ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1",
    };

    /// <summary>The responder.</summary>
    /// <param name="settings">the instance's network.</param>
    /// <param name="layout">its paths.</param>
    /// <param name="program">absolute path of `rempart-node`.</param>
    internal static IReadOnlyList<string> Responder(NetworkSettings settings, NetworkLayout layout, string program) =>
        In(settings, layout, Path.GetDirectoryName(program)!, layout.NamesFolder, [$"/program/{Path.GetFileName(program)}", "names", $"{Data}/{NameFile.FileName}", NetworkServices.Forwarder]);

    /// <summary>The forwarder, which asks the outside for whatever is not the projects'.</summary>
    /// <param name="settings">the instance's network.</param>
    /// <param name="layout">its paths.</param>
    internal static IReadOnlyList<string> Forwarder(NetworkSettings settings, NetworkLayout layout) => In(settings, layout, program: string.Empty, layout.ResolverFolder,
    [
        "/usr/sbin/dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", "--user=", "--no-hosts", $"--resolv-file={Data}/{Path.GetFileName(layout.ResolverFile)}",
        $"--listen-address={NetworkServices.Forwarder[..NetworkServices.Forwarder.IndexOf(':', StringComparison.Ordinal)]}", "--bind-interfaces", "--local=/rempart.internal/",
        "--domain-needed", "--bogus-priv", "--cache-size=1000", "--dns-forward-max=300", "--log-facility=-",
    ]);

    private static IReadOnlyList<string> In(NetworkSettings settings, NetworkLayout layout, string program, string data, IReadOnlyList<string> command) =>
    [
        "/usr/bin/unshare", "--mount", "--ipc", "--uts", "--propagation", "private", "--", "/bin/sh", "-euc", Script, "sh",
        layout.NamesRoot, program, data, settings.NamesUser, settings.NamesGroup, .. command,
    ];
}
