using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Rempart.Protocols.Etcd;
using Rempart.Store.Etcd;
using Rempart.Testing.Programs;

namespace Rempart.Testing.Etcd;

/// <summary>
/// A real etcd cluster on loopback with TLS between members and to clients, in a folder of its own that goes away with it. Its members
/// can be killed, frozen and started again.
/// </summary>
public sealed class EtcdCluster : IAsyncDisposable
{
    private readonly X509Certificate2 _client;
    private readonly EtcdCertificates _certificates;

    private readonly EtcdNetwork? _network;

    private EtcdCluster(string folder, EtcdCertificates certificates, X509Certificate2 client, IReadOnlyList<EtcdMemberProcess> members, EtcdNetwork? network) =>
        (Folder, _certificates, _client, Members, _network) = (folder, certificates, client, members, network);

    /// <summary>Holds <c>ca.pem</c>, <c>client.pem</c>, <c>client.key</c> and the members' data.</summary>
    public string Folder { get; }

    public IReadOnlyList<EtcdMemberProcess> Members { get; }

    public IReadOnlyList<Uri> Endpoints => [.. Members.Select(member => member.Client)];

    public EtcdCertificates Certificates => _certificates;

    public string AuthorityPath => _certificates.AuthorityPath;

    public string CertificatePath => Path.Combine(Folder, "client.pem");

    public string KeyPath => Path.Combine(Folder, "client.key");

    /// <summary>Starts a cluster and returns when it has a leader and every member serves.</summary>
    /// <param name="members">How many: 1 or 3.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="quotaBytes">Largest size of the database.</param>
    /// <param name="requestBytes">Largest request that it takes; null for etcd's own default of 1.5 MiB.</param>
    public static Task<EtcdCluster> StartAsync(int members, CancellationToken cancellationToken, int? requestBytes = 9961472, long quotaBytes = 4L << 30) =>
        StartAsync(members, network: null, requestBytes, quotaBytes, cancellationToken);

    /// <summary>Starts a cluster whose members each have a network namespace, so that they can be cut off from each other. Needs root.</summary>
    public static Task<EtcdCluster> StartApartAsync(int members, CancellationToken cancellationToken) =>
        StartAsync(members, new EtcdNetwork(members), requestBytes: null, 4L << 30, cancellationToken);

    /// <summary>Cuts a member off from the others, or joins it again; clients reach it all the same.</summary>
    public void Cut(EtcdMemberProcess member, bool isCut) => _network!.Cut(Members.Index().First(each => each.Item == member).Index, isCut);

    private static async Task<EtcdCluster> StartAsync(int members, EtcdNetwork? network, int? requestBytes, long quotaBytes, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("rempart-etcd-").FullName;
        var certificates = new EtcdCertificates(folder);
        var client = certificates.Issue("client");
        certificates.Issue("member", [IPAddress.Loopback, .. Enumerable.Range(0, members).Select(i => IPAddress.Parse(EtcdNetwork.Address(i)))]);
        var cluster = new EtcdCluster(folder, certificates, client, Lay(folder, members, network,
        [
            string.Create(CultureInfo.InvariantCulture, $"--quota-backend-bytes={quotaBytes}"), .. requestBytes is { } bytes ? [string.Create(CultureInfo.InvariantCulture, $"--max-request-bytes={bytes}")] : Array.Empty<string>(),
        ]), network);
        try
        {
            foreach (var member in cluster.Members) member.Start();
            await cluster.ServesAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>How a store is opened here.</summary>
    /// <param name="instance">Its name: one cluster serves many tests.</param>
    public EtcdStoreOptions Options(string instance) => new()
    {
        Endpoints = Endpoints, Instance = instance, Authorities = _certificates.Authorities, Certificate = () => _client,
    };

    public EtcdClient Connect(params Uri[] endpoints) => new(new EtcdClientOptions
    {
        Endpoints = endpoints.Length > 0 ? endpoints : Endpoints, Authorities = _certificates.Authorities, Certificate = () => _client,
    });

    /// <summary>The options of Rempart's programs that lead to all members.</summary>
    /// <param name="instance">Whose keys.</param>
    public string[] Arguments(string instance) =>
    [
        "--etcd-servers", string.Join(',', Endpoints), "--etcd-cafile", AuthorityPath, "--etcd-certfile", CertificatePath, "--etcd-keyfile", KeyPath, "--etcd-instance", instance,
    ];

    /// <summary>Waits until every member that runs serves under one leader, and returns that.</summary>
    public async Task<EtcdMemberProcess> ServesAsync(CancellationToken cancellationToken)
    {
        using var client = Connect();
        for (var i = 0; i < 600; i++)
        {
            var status = await client.StatusAsync(cancellationToken);
            var running = Members.Where(member => member.IsRunning).Select(member => member.Client).ToList();
            var answers = status.Where(each => running.Contains(each.Endpoint)).ToList();
            if (answers.Count > 0 && answers.TrueForAll(each => each.Member is { Leader: not 0 })
                && answers.Select(each => each.Member!.Leader).Distinct().Count() == 1
                && answers.Find(each => each.Member!.IsLeader).Endpoint is { } leader)
            {
                return Members.First(member => member.Client == leader);
            }

            await Task.Delay(50, cancellationToken);
        }

        throw new TimeoutException($"the etcd cluster does not serve:\n{string.Join('\n', Members.Select(member => string.Join('\n', member.Log.Split('\n').TakeLast(20))))}");
    }

    public ValueTask DisposeAsync()
    {
        foreach (var member in Members) member.Dispose();
        _network?.Dispose();
        _client.Dispose();
        _certificates.Dispose();
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static List<EtcdMemberProcess> Lay(string folder, int count, EtcdNetwork? network, IReadOnlyList<string> more)
    {
        var ports = FreePort.Next(count * 2);
        string Url(string address, int port) => string.Create(CultureInfo.InvariantCulture, $"https://{address}:{port}");
        string Peer(int i) => network is null ? Url("127.0.0.1", ports[count + i]) : Url(EtcdNetwork.Address(i), 2380);
        string Client(int i) => Url("127.0.0.1", network is null ? ports[i] : 2379);
        var cluster = string.Join(',', Enumerable.Range(0, count).Select(i => $"m{i}={Peer(i)}"));
        for (var i = 0; network is not null && i < count; i++) network.Relay(i, ports[i], 2379, folder);
        return [.. Enumerable.Range(0, count).Select(i => new EtcdMemberProcess($"m{i}", new Uri(Url("127.0.0.1", ports[i])),
        [
            .. network is null ? Array.Empty<string>() : ["ip", "netns", "exec", network.Namespace(i)], "etcd",
            $"--name=m{i}", $"--data-dir={folder}/m{i}", $"--initial-cluster={cluster}", "--initial-cluster-state=new",
            // The cluster's id is made of this and the addresses.
            $"--initial-cluster-token={Path.GetFileName(folder)}",
            $"--listen-client-urls={Client(i)}", $"--advertise-client-urls={Client(i)}", $"--listen-peer-urls={Peer(i)}", $"--initial-advertise-peer-urls={Peer(i)}",
            $"--cert-file={folder}/member.pem", $"--key-file={folder}/member.key", $"--trusted-ca-file={folder}/ca.pem", "--client-cert-auth",
            $"--peer-cert-file={folder}/member.pem", $"--peer-key-file={folder}/member.key", $"--peer-trusted-ca-file={folder}/ca.pem", "--peer-client-cert-auth",
            "--logger=zap", "--log-level=warn", .. more,
        ], $"{folder}/m{i}.log"))];
    }
}
