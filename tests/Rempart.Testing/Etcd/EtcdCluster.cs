using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Rempart.Protocols.Etcd;
using Rempart.Store.Etcd;

namespace Rempart.Testing.Etcd;

/// <summary>
/// A real etcd cluster on loopback with TLS between members and to clients, in a folder of its own that goes away with it. Its members
/// can be killed, frozen and started again.
/// </summary>
public sealed class EtcdCluster : IAsyncDisposable
{
    private readonly X509Certificate2 _client;
    private readonly EtcdCertificates _certificates;

    private EtcdCluster(string folder, EtcdCertificates certificates, X509Certificate2 client, IReadOnlyList<EtcdMemberProcess> members) =>
        (Folder, _certificates, _client, Members) = (folder, certificates, client, members);

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
    /// <param name="requestBytes">Largest request that it takes; null for etcd's own default of 1.5 MiB.</param>
    public static async Task<EtcdCluster> StartAsync(int members, CancellationToken cancellationToken, int? requestBytes = 9961472)
    {
        var folder = Directory.CreateTempSubdirectory("rempart-etcd-").FullName;
        var certificates = new EtcdCertificates(folder);
        var client = certificates.Issue("client");
        certificates.Issue("member", IPAddress.Loopback);
        var cluster = new EtcdCluster(folder, certificates, client, Lay(folder, members, requestBytes is { } bytes ? [string.Create(CultureInfo.InvariantCulture, $"--max-request-bytes={bytes}")] : []));
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
        _client.Dispose();
        _certificates.Dispose();
        Directory.Delete(Folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static List<EtcdMemberProcess> Lay(string folder, int count, IReadOnlyList<string> more)
    {
        var ports = FreePorts(count * 2);
        string Url(int port) => string.Create(CultureInfo.InvariantCulture, $"https://127.0.0.1:{port}");
        var cluster = string.Join(',', Enumerable.Range(0, count).Select(i => $"m{i}={Url(ports[count + i])}"));
        return [.. Enumerable.Range(0, count).Select(i => new EtcdMemberProcess($"m{i}", new Uri(Url(ports[i])),
        [
            $"--name=m{i}", $"--data-dir={folder}/m{i}", $"--initial-cluster={cluster}", "--initial-cluster-state=new",
            // The cluster's id is made of this and the addresses.
            $"--initial-cluster-token={Path.GetFileName(folder)}",
            $"--listen-client-urls={Url(ports[i])}", $"--advertise-client-urls={Url(ports[i])}",
            $"--listen-peer-urls={Url(ports[count + i])}", $"--initial-advertise-peer-urls={Url(ports[count + i])}",
            $"--cert-file={folder}/member.pem", $"--key-file={folder}/member.key", $"--trusted-ca-file={folder}/ca.pem", "--client-cert-auth",
            $"--peer-cert-file={folder}/member.pem", $"--peer-key-file={folder}/member.key", $"--peer-trusted-ca-file={folder}/ca.pem", "--peer-client-cert-auth",
            "--quota-backend-bytes=4294967296", "--logger=zap", "--log-level=warn", .. more,
        ], $"{folder}/m{i}.log"))];
    }

    /// <summary>Ports that were free a moment ago, all different.</summary>
    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        foreach (var listener in listeners) listener.Start();
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        foreach (var listener in listeners) listener.Dispose();
        return ports;
    }
}
