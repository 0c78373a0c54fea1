using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;

namespace Rempart.Bench.Migration;

/// <summary>
/// The same guest under libvirt, moved by <c>virsh migrate</c> between two libvirtd as between two hosts: from daemon to daemon, with the part of the
/// disk that lies above its image, neither with TLS. libvirt rounds the guest's memory to whole MiB.
/// </summary>
internal sealed partial class VirshMove(BenchGuest guest, TimeProvider time) : IMove
{
    private const string Domain = "pagecheck";
    private const string Disk = "top.qcow2";
    private const string Serial = "serial";

    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-bench-").FullName;
    private readonly Socket _consoles = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private VirshHost[] _hosts = [];
    private Console? _here;

    private VirshHost Here => _hosts[0];

    private VirshHost There => _hosts[1];

    private string Image => Path.Combine(_folder, "base.img");

    public string Name => "virsh migrate";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using (var file = File.Create(Image)) file.SetLength(BenchGuest.DiskBytes);
        _consoles.Bind(new UnixDomainSocketEndPoint(Path.Combine(_folder, Serial)));
        _consoles.Listen();
        _hosts = await VirshHost.StartPairAsync(_folder, time, cancellationToken);
        await LayDiskAsync(Here, cancellationToken);
        var definition = Path.Combine(_folder, "domain.xml");
        await File.WriteAllTextAsync(definition, Definition(), cancellationToken);
        var console = Console.AcceptAsync(_consoles, time, cancellationToken);
        await Here.VirshAsync(["create", definition], time, cancellationToken);
        _here = await console;
        await _here.Times.CountsAsync("libvirt", cancellationToken);
    }

    public Task HoldAsync(CancellationToken cancellationToken) => Here.VirshAsync(["suspend", Domain], time, cancellationToken);

    public Task ResumeAsync(CancellationToken cancellationToken) => Here.VirshAsync(["resume", Domain], time, cancellationToken);

    public async Task<MoveTimes> MoveAsync(CancellationToken cancellationToken)
    {
        var here = _here!;
        await LayDiskAsync(There, cancellationToken);
        await Here.VirshAsync(["migrate-setmaxdowntime", Domain, "100"], time, cancellationToken);
        var from = time.GetTimestamp();
        var arriving = Console.AcceptAsync(_consoles, time, cancellationToken);
        await Here.VirshAsync(["migrate", "--live", "--p2p", "--auto-converge", "--copy-storage-inc", "--unsafe", Domain, $"qemu+tcp://{There.Address}/system", $"tcp://{There.Address}"], time, cancellationToken);
        var there = await arriving;
        await there.Times.SpeaksAsync("libvirt", cancellationToken);
        (_hosts, _here) = ([There, Here], there);
        var told = Downtime().Match(await Here.VirshAsync(["domjobinfo", Domain, "--completed"], time, cancellationToken));
        if (!told.Success) throw new BenchException("libvirt tells no downtime of a move");
        return new(time.GetElapsedTime(here.Times.Last, there.Times.First), time.GetElapsedTime(from, there.Times.First), TimeSpan.FromMilliseconds(int.Parse(told.Groups["ms"].Value, CultureInfo.InvariantCulture)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts) await host.DisposeAsync();
        _consoles.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Task LayDiskAsync(VirshHost host, CancellationToken cancellationToken) => BenchGuest.CreateDiskAsync(Path.Combine(host.Disks, Disk), Image, cancellationToken);

    private string Definition() => $"""
        <domain type='qemu'>
          <name>{Domain}</name>
          <memory unit='MiB'>{(BenchGuest.MemoryBytes >> 20).ToString(CultureInfo.InvariantCulture)}</memory>
          <vcpu>1</vcpu>
          <os><type arch='x86_64' machine='q35'>hvm</type><kernel>{guest.Image.Kernel}</kernel><initrd>{guest.Image.Initramfs}</initrd><cmdline>{BenchGuest.CommandLine}</cmdline></os>
          <features><acpi/></features>
          <cpu mode='maximum'/>
          <devices>
            <emulator>/usr/bin/qemu-system-x86_64</emulator>
            <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/var/lib/libvirt/images/{Disk}'/><target dev='vda' bus='virtio'/></disk>
            <serial type='unix'><source mode='connect' path='{Path.Combine(_folder, Serial)}'/><target port='0'/></serial>
            <controller type='usb' model='none'/>
            <memballoon model='none'/>
          </devices>
        </domain>
        """;

    [GeneratedRegex(@"Total downtime:\s+(?<ms>[0-9]{1,9})", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Downtime();

    /// <summary>A QEMU's serial line.</summary>
    private sealed class Console(Socket socket, TimeProvider time)
    {
        internal ConsoleTimes Times { get; } = new(time);

        internal static async Task<Console> AcceptAsync(Socket listener, TimeProvider time, CancellationToken cancellationToken)
        {
            var console = new Console(await listener.AcceptAsync(cancellationToken), time);
            _ = console.ListenAsync();
            return console;
        }

        private async Task ListenAsync()
        {
            using (socket)
            {
                var buffer = new byte[4096];
                try
                {
                    while (await socket.ReceiveAsync(buffer) is var count and > 0) Times.Heard(buffer.AsSpan(0, count));
                }
                catch (SocketException)
                {
                    // Its QEMU has ended.
                }
            }
        }
    }
}
