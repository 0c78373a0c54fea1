using System.Security.Cryptography;
using System.Text;
using Rempart.Linux;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Node.Networks;

/// <summary>Ports of Open vSwitch's integration bridge, by its own database.</summary>
internal sealed class SwitchPorts(NetworkSettings settings, OvsdbClient client) : INetworkDriver, IDisposable
{
    private const string UidKey = "rempart-uid";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);
    private readonly NetworkLayout _layout = new(settings);
    private readonly SemaphoreSlim _one = new(1, 1);

    /// <summary>
    /// On the userspace datapath frames come without the virtio header: what OVN takes out and puts back (DNS) would go on
    /// with an unfinished checksum, and tunnels can't carry large segments.
    /// </summary>
    private bool VnetHeader => settings.Datapath == Datapath.Kernel;

    /// <summary>The client of the switch's database; the caller runs it.</summary>
    internal static OvsdbClient NewClient(NetworkSettings settings, TimeProvider time) => new(new OvsdbClientOptions
    {
        Database = SwitchConfiguration.Database,
        Endpoints = [OvsdbEndpoint.Unix(new NetworkLayout(settings).SwitchSocket)],
        Monitor = SwitchConfiguration.Monitor,
    }, time);

    /// <summary>Fifteen characters are all that an interface's name may have, so it is a digest.</summary>
    internal static string TapName(string uid) => "t" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(uid)))[..14];

    public async Task<NetworkPort> BindAsync(string uid, int mtu, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var tap = TapName(uid);
            using (var ns = NetworkNamespace.Open(_layout.NamespacePath))
            using (var handle = OpenUnlessInUse(tap, ns))
            {
                NetworkLink.BringUp(tap, mtu, ns);
            }
            var replica = await ConnectedAsync(cancellation);
            if (Find(replica, uid) is { } present) return ToPort(present, uid);
            var bridge = replica.Rows("Bridge").FirstOrDefault(b => b["name"].Text == NetworkLayout.IntegrationBridge)
                ?? throw new NetworkSetupException($"the switch has no bridge `{NetworkLayout.IntegrationBridge}`: run `rempart-node network configure`");
            await TransactAsync([
                OvsdbOperation.Insert("Interface", "interface", new Dictionary<string, OvsdbDatum>(StringComparer.Ordinal)
                {
                    ["name"] = OvsdbDatum.Of(tap),
                    ["external_ids"] = OvsdbDatum.Map([KeyValuePair.Create("iface-id", uid), KeyValuePair.Create(UidKey, uid)]),
                }),
                OvsdbOperation.Insert("Port", "port", new Dictionary<string, OvsdbDatum>(StringComparer.Ordinal)
                {
                    ["name"] = OvsdbDatum.Of(tap),
                    ["interfaces"] = OvsdbDatum.Of(OvsdbAtom.Named("interface")),
                }),
                OvsdbOperation.Mutate("Bridge", bridge.Uuid, "ports", "insert", OvsdbDatum.Of(OvsdbAtom.Named("port"))),
            ], cancellation);
            replica = await client.WaitAsync(r => Find(r, uid) is not null, _patience, cancellation);
            return ToPort(Find(replica, uid)!, uid);
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task<NetworkPort> WaitInstalledAsync(string uid, TimeSpan timeout, CancellationToken cancellation)
    {
        var replica = await client.WaitAsync(r => Find(r, uid) is { } row && IsInstalled(row), timeout, cancellation);
        return ToPort(Find(replica, uid)!, uid);
    }

    public async Task UnbindAsync(string uid, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var tap = TapName(uid);
            var replica = await ConnectedAsync(cancellation);
            if (replica.Rows("Port").FirstOrDefault(p => p["name"].Text == tap) is { } port)
            {
                var bridge = replica.Rows("Bridge").First(b => b["ports"].Contains(OvsdbAtom.Of(port.Uuid)));
                await TransactAsync([OvsdbOperation.Mutate("Bridge", bridge.Uuid, "ports", "delete", OvsdbDatum.Of(OvsdbAtom.Of(port.Uuid)))], cancellation);
                await client.WaitAsync(r => r.Rows("Port").All(p => p["name"].Text != tap), _patience, cancellation);
            }
            if (!File.Exists(_layout.NamespacePath)) return;
            using var ns = NetworkNamespace.Open(_layout.NamespacePath);
            if (NetworkNamespace.Run(ns, () => System.Net.NetworkInformation.NetworkInterface.GetAllNetworkInterfaces().Any(i => i.Name == tap)))
                await NetworkTool.RunAsync(["ip", "-netns", _layout.Namespace, "link", "delete", tap], null, cancellation);
        }
        finally
        {
            _one.Release();
        }
    }

    public async Task<IReadOnlyList<NetworkPort>> ListAsync(CancellationToken cancellation)
    {
        var replica = await ConnectedAsync(cancellation);
        return [.. replica.Rows("Interface").Select(row => (Row: row, Uid: row["external_ids"].Find(UidKey)))
            .Where(p => p.Uid is not null).OrderBy(p => p.Uid, StringComparer.Ordinal).Select(p => ToPort(p.Row, p.Uid!))];
    }

    public void Dispose() => _one.Dispose();

    private async Task TransactAsync(IReadOnlyList<OvsdbOperation> operations, CancellationToken cancellation)
    {
        try
        {
            await client.TransactAsync(operations, cancellation);
        }
        catch (OvsdbTransactionException exception)
        {
            throw new NetworkSetupException($"the switch refused the port: {exception.Message}", exception);
        }
    }

    /// <summary>A tap that a running machine has open is there already.</summary>
    private Microsoft.Win32.SafeHandles.SafeFileHandle? OpenUnlessInUse(string tap, Microsoft.Win32.SafeHandles.SafeFileHandle ns)
    {
        try
        {
            return TapDevice.Open(tap, VnetHeader, persistent: true, ns);
        }
        catch (LinuxException exception) when (exception.Errno == Errno.EBUSY)
        {
            return null;
        }
    }

    private Task<OvsdbReplica> ConnectedAsync(CancellationToken cancellation) => client.WaitAsync(_ => client.IsConnected, _patience, cancellation);

    private static OvsdbRow? Find(OvsdbReplica replica, string uid) => replica.Rows("Interface").FirstOrDefault(i => i["external_ids"].Find(UidKey) == uid);

    private static bool IsInstalled(OvsdbRow row) => row["external_ids"].Find("ovn-installed") == "true";

    private NetworkPort ToPort(OvsdbRow row, string uid) => new(uid, TapName(uid), _layout.NamespacePath, VnetHeader, IsInstalled(row));
}
