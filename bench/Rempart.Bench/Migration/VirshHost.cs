using System.Diagnostics;
using System.Globalization;
using Rempart.Node.Workloads;

namespace Rempart.Bench.Migration;

/// <summary>
/// A libvirtd that takes itself for a host of its own: its pid, mount, network and host name are, and nothing of it is left when its first process ends.
/// </summary>
internal sealed class VirshHost : IAsyncDisposable
{
    // libvirtd as the first process of its namespace answers nobody, so a shell is. Debian has the user and the settings in a package that would start a libvirtd of the machine.
    private const string Boot = """
        set -eu
        mount --make-rprivate /
        for folder in /etc/libvirt /run /var/lib/libvirt /var/log/libvirt /var/cache/libvirt; do mkdir -p "$folder"; mount -t tmpfs none "$folder"; done
        hostname "$1"
        mkdir -p /run/libvirt /var/lib/libvirt/images
        mount --bind "$3" /var/lib/libvirt/images
        printf '%s\n' 'listen_tls = 0' 'listen_tcp = 1' 'auth_tcp = "none"' "host_uuid = \"$2\"" > /etc/libvirt/libvirtd.conf
        printf '%s\n' 'user = "root"' 'group = "root"' 'security_driver = "none"' 'dynamic_ownership = 0' 'remember_owner = 0' 'cgroup_controllers = []' 'namespaces = []' 'stdio_handler = "file"' > /etc/libvirt/qemu.conf
        cp /etc/passwd /etc/group /run
        grep -q '^libvirt-qemu:' /run/passwd || echo 'libvirt-qemu:x:64055:64055::/nonexistent:/bin/false' >> /run/passwd
        grep -q '^libvirt-qemu:' /run/group || echo 'libvirt-qemu:x:64055:' >> /run/group
        mount --bind /run/passwd /etc/passwd
        mount --bind /run/group /etc/group
        libvirtd --listen & wait $!
        """;

    private static readonly string[] Programs = ["/usr/bin/virsh", "/usr/sbin/libvirtd", "/usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_qemu.so"];

    private readonly Process _process;
    private readonly string _pid;

    private VirshHost(Process process, string pid, string address, string disks) => (_process, _pid, Address, Disks) = (process, pid, address, disks);

    /// <summary>Where the other one reaches it.</summary>
    internal string Address { get; }

    /// <summary>The folder that is its <c>/var/lib/libvirt/images</c>.</summary>
    internal string Disks { get; }

    /// <summary>What libvirt's side needs, if it is not installed.</summary>
    internal static string? Missing => Array.TrueForAll(Programs, File.Exists) ? null : "apt-get install --no-install-recommends libvirt-daemon libvirt-daemon-driver-qemu libvirt-clients";

    /// <summary>Two of them with a link between.</summary>
    internal static async Task<VirshHost[]> StartPairAsync(string folder, TimeProvider time, CancellationToken cancellationToken)
    {
        var hosts = new VirshHost[2];
        try
        {
            for (var i = 0; i < 2; i++) hosts[i] = await StartAsync($"bench{i}", $"10.99.7.{(i + 1).ToString(CultureInfo.InvariantCulture)}", Directory.CreateDirectory(Path.Combine(folder, $"disks{i}")).FullName, time, cancellationToken);
            // Made inside of the first: a name that is taken on this machine is in nobody's way.
            await hosts[0].RunAsync(["ip", "link", "add", "peer", "type", "veth", "peer", "name", "peer", "netns", $"/proc/{hosts[1]._pid}/ns/net"], time, cancellationToken, outside: true);
            foreach (var host in hosts)
            {
                await host.RunAsync(["ip", "address", "add", $"{host.Address}/24", "dev", "peer"], time, cancellationToken);
                foreach (var device in new[] { "lo", "peer" }) await host.RunAsync(["ip", "link", "set", device, "up"], time, cancellationToken);
            }

            foreach (var host in hosts) await host.AnswersAsync(time, cancellationToken);
            return hosts;
        }
        catch
        {
            foreach (var host in hosts) if (host is not null) await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Says something to this libvirtd.</summary>
    internal Task<string> VirshAsync(IEnumerable<string> words, TimeProvider time, CancellationToken cancellationToken) => RunAsync(["virsh", "-q", "-c", "qemu:///system", .. words], time, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static async Task<VirshHost> StartAsync(string name, string address, string disks, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("unshare", ["--net", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", Boot, "libvirtd", name, Guid.NewGuid().ToString("D"), disks])
        {
            UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new BenchException("`unshare` did not start");
        _ = process.StandardError.ReadToEndAsync(CancellationToken.None);
        _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        while (true)
        {
            if (process.HasExited) throw new BenchException("libvirtd did not start: its namespaces could not be made");
            var children = await File.ReadAllTextAsync($"/proc/{process.Id}/task/{process.Id}/children", cancellationToken);
            if (children.Trim() is { Length: > 0 } first) return new VirshHost(process, first, address, disks);
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }
    }

    private async Task AnswersAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await VirshAsync(["version"], time, cancellationToken);
                return;
            }
            catch (BenchException) when (tries < 100 && !_process.HasExited)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200), time, cancellationToken);
            }
        }
    }

    private async Task<string> RunAsync(string[] words, TimeProvider time, CancellationToken cancellationToken, bool outside = false)
    {
        // The link is made with this machine's view of processes, by which the other end is named.
        string[] inside = outside ? ["nsenter", "-t", _pid, "-n"] : ["nsenter", "-t", _pid, "-n", "-m", "-u", "-p"];
        string[] command = [.. inside, .. words];
        var said = await HostCommand.RunAsync(command[0], command[1..], null, TimeSpan.FromMinutes(2), time, cancellationToken);
        return said.ExitCode == 0 ? said.Output : throw new BenchException($"`{string.Join(' ', words)}` ended with code {said.ExitCode.ToString(CultureInfo.InvariantCulture)}: {said.Output} {said.Errors}");
    }
}
