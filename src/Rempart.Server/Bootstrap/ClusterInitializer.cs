using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Rempart.Api.Certificates;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.Secrets;

namespace Rempart.Server.Bootstrap;

/// <summary>
/// Makes what a cluster starts from, and renews what nears its end. Can be run again at any time and after any crash: each file is
/// whole or missing, what is there and good stays, and what does not fit the CA is made anew.
/// </summary>
/// <param name="folder">The data folder.</param>
/// <param name="time">The clock.</param>
/// <param name="say">Told of each file that was written.</param>
public sealed class ClusterInitializer(DataFolder folder, TimeProvider time, Action<string> say)
{
    private static readonly TimeSpan ServerLifetime = TimeSpan.FromDays(90);
    private static readonly TimeSpan PersonLifetime = TimeSpan.FromDays(90);

    /// <summary>Brings the folder into order.</summary>
    /// <param name="settings">What the cluster is to be like.</param>
    /// <exception cref="BootstrapException">Something is in the way.</exception>
    public void Run(InitSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        PrivateFile.EnsureFolder(folder.Root);
        PrivateFile.EnsureFolder(folder.Keys);
        PrivateFile.RemoveLeftovers(folder.Root);
        PrivateFile.RemoveLeftovers(folder.Keys);
        using var authority = new CertificateAuthority(Root(), time);
        var authorityPem = authority.Certificate.ExportCertificatePem() + "\n";
        Put(folder.AuthorityCertificate, authorityPem);
        foreach (var path in new[] { folder.Approval, folder.Ticket, folder.Audit }) Key(path);
        TokenKeys();
        SecretKeys();
        Server(settings, authority).Dispose();
        Person(settings, authority, authorityPem, "admin", "rempart:administrators");
        Person(settings, authority, authorityPem, "security-officer", "rempart:security-officers");
        if (settings.Auditor) Person(settings, authority, authorityPem, "auditor", "rempart:auditors");
        Put(folder.Settings, JsonSerializer.Serialize(settings, BootstrapJsonContext.Default.InitSettings));
    }

    /// <summary>The server's certificate and key, renewed when they are due or do not fit.</summary>
    /// <param name="settings">Names of the server.</param>
    /// <param name="authority">The CA.</param>
    internal X509Certificate2 Server(InitSettings settings, CertificateAuthority authority)
    {
        var (names, addresses) = ServerNames.Of(settings);
        if (KeyStore.Certificate(folder.Server) is { } current)
        {
            if (IsGood(current, authority, CertificateUsage.Server) && ServerNames.Fit(current, names, addresses)) return current;
            current.Dispose();
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = authority.IssueServer(new PublicKey(key), "rempart-server", names, addresses, ServerLifetime);
        PrivateFile.Write(folder.Server, KeyStore.Pem(certificate, key));
        say($"wrote {folder.Server}");
        return certificate.CopyWithPrivateKey(key);
    }

    private X509Certificate2 Root()
    {
        if (KeyStore.Certificate(folder.Authority) is { } current) return current;
        var root = CertificateAuthority.CreateRoot($"rempart-{RandomNumberGenerator.GetHexString(8, lowercase: true)}", time);
        using var key = root.GetECDsaPrivateKey()!;
        PrivateFile.Write(folder.Authority, KeyStore.Pem(root, key));
        say($"wrote {folder.Authority}");
        return root;
    }

    private void Person(InitSettings settings, CertificateAuthority authority, string authorityPem, string user, string group)
    {
        var path = settings.Kubeconfigs.TryGetValue(user, out var given) ? Path.GetFullPath(given) : folder.Kubeconfig(user);
        if (PrivateFile.Read(path) is { } text)
        {
            using var current = Kubeconfig.CertificateOf(text, settings.Advertise, settings.Also, authorityPem);
            if (current is not null && IsGood(current, authority, CertificateUsage.Client)) return;
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = authority.IssueClient(new PublicKey(key), user, [group], PersonLifetime);
        PrivateFile.Write(path, new Kubeconfig(settings.Advertise, authorityPem, user, certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n") { Also = settings.Also }.ToYaml());
        say($"wrote {path}");
    }

    private bool IsGood(X509Certificate2 certificate, CertificateAuthority authority, string usage) =>
        CertificateTrust.Refusal(certificate, authority.Trust, usage, time.GetUtcNow()) is null && time.GetUtcNow() < CertificateRenewal.DueAt(certificate, 0);

    private void Key(string path)
    {
        var isNew = !File.Exists(path);
        KeyStore.Key(path).Dispose();
        if (isNew) say($"wrote {path}");
    }

    // An instance of an older version has none yet. Tokens end within a day: if the keys were lost, new ones do.
    private void TokenKeys()
    {
        if (File.Exists(folder.TokenKeys)) return;
        KeyStore.Prepend(folder.TokenKeys);
        say($"wrote {folder.TokenKeys}");
    }

    private void SecretKeys()
    {
        if (File.Exists(folder.SecretKeys)) return;
        KeyFile.Create(folder.SecretKeys);
        say($"wrote {folder.SecretKeys}");
    }

    private void Put(string path, string text)
    {
        if (PrivateFile.Read(path) == text) return;
        PrivateFile.Write(path, text);
        say($"wrote {path}");
    }
}
