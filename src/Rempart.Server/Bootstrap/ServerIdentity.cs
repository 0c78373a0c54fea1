using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Rempart.Api.Certificates;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.ServiceAccounts;

namespace Rempart.Server.Bootstrap;

/// <summary>The keys and certificates of a server that starts, with what was due renewed. Safe for use by many threads.</summary>
public sealed class ServerIdentity : IDisposable
{
    private readonly ClusterInitializer initializer;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly List<X509Certificate2> replaced = [];
    private X509Certificate2 certificate;

    private ServerIdentity(DataFolder folder, InitSettings settings, ClusterInitializer initializer, TimeProvider time)
    {
        (Folder, Settings, this.initializer, this.time) = (folder, settings, initializer, time);
        Authority = new CertificateAuthority(KeyStore.Certificate(folder.Authority) ?? throw new BootstrapException($"`{folder.Authority}` is missing; run `rempart-server init`"), time);
        Keys = new ClusterKeys(Authority, KeyStore.Key(folder.Approval), KeyStore.Key(folder.Ticket), new ServiceAccountKeys(KeyStore.Keys(folder.TokenKeys)));
        Audit = KeyStore.Key(folder.Audit);
        certificate = initializer.Server(settings, Authority);
    }

    /// <summary>Where everything is.</summary>
    public DataFolder Folder { get; }

    /// <summary>What <c>init</c> was told.</summary>
    public InitSettings Settings { get; }

    /// <summary>The cluster's CA.</summary>
    public CertificateAuthority Authority { get; }

    /// <summary>CA, approval key, ticket key and keys of tokens.</summary>
    public ClusterKeys Keys { get; }

    /// <summary>Signs checkpoints of the audit trail.</summary>
    public ECDsa Audit { get; }

    /// <summary>Reads the data folder of an initialized server.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="time">The clock.</param>
    /// <param name="say">Told of what was renewed.</param>
    /// <exception cref="BootstrapException">The folder was not initialized, or is damaged.</exception>
    public static ServerIdentity Load(DataFolder folder, TimeProvider time, Action<string> say)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var text = PrivateFile.Read(folder.Settings) ?? throw new BootstrapException($"`{folder.Root}` holds no cluster; run `rempart-server init --data {folder.Root} --advertise URL`");
        InitSettings settings;
        try
        {
            settings = JsonSerializer.Deserialize(text, BootstrapJsonContext.Default.InitSettings) ?? throw new JsonException("empty");
        }
        catch (JsonException e)
        {
            throw new BootstrapException($"`{folder.Settings}` is damaged; run `rempart-server init` again", e);
        }

        // Init makes what is missing, which is for a new cluster: here a new key would quietly void what the lost one signed or sealed.
        if (new[] { folder.Authority, folder.Approval, folder.Ticket, folder.Audit, folder.SecretKeys }.FirstOrDefault(path => !File.Exists(path)) is { } lost)
            throw new BootstrapException($"`{lost}` is missing; restore it from its backup, or run `rempart-server init` again for a new one if what the old one signed or sealed may be lost");

        var renewal = new ClusterInitializer(folder, time, say);
        renewal.Run(settings);
        return new ServerIdentity(folder, settings, renewal, time);
    }

    /// <summary>The server's certificate and key for a handshake now; renewed by itself at two thirds of its life.</summary>
    public X509Certificate2 Certificate()
    {
        lock (gate)
        {
            if (time.GetUtcNow() < CertificateRenewal.DueAt(certificate, 0)) return certificate;
            // Handshakes under way may still use it.
            replaced.Add(certificate);
            return certificate = initializer.Server(Settings, Authority);
        }
    }

    /// <summary>Whether a client's certificate comes from this cluster and is good now.</summary>
    /// <param name="client">What the client showed.</param>
    public bool TrustsClient(X509Certificate2 client) => CertificateTrust.Refusal(client, Authority.Trust, CertificateUsage.Client, time.GetUtcNow()) is null;

    /// <inheritdoc/>
    public void Dispose()
    {
        Authority.Dispose();
        Keys.Approval.Dispose();
        Keys.Ticket.Dispose();
        Keys.Tokens.Dispose();
        Audit.Dispose();
        certificate.Dispose();
        foreach (var old in replaced) old.Dispose();
    }
}
