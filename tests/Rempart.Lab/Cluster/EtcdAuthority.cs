using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rempart.Lab.Layout;

namespace Rempart.Lab.Cluster;

/// <summary>Signs who etcd's members and their clients are. Its key is thrown away once a lab's certificates are made.</summary>
internal static class EtcdAuthority
{
    private static readonly TimeSpan _lifetime = TimeSpan.FromDays(365);

    /// <summary>Writes `ca.pem` and, for each host, `hostN.pem` with `hostN.key` into a folder, unless they are there.</summary>
    internal static void Write(string folder, LabLayout lab, TimeProvider time)
    {
        var last = Path.Combine(folder, "ca.pem");
        if (File.Exists(last)) return;
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=etcd of lab {lab.Plan.Id}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        var now = time.GetUtcNow();
        using var authority = request.CreateSelfSigned(now.AddHours(-1), now + _lifetime);
        foreach (var host in lab.Hosts.Where(host => host.HasEtcd || host.HasApiServer)) Issue(folder, host, authority, now);
        File.WriteAllText(last, authority.ExportCertificatePem());
    }

    private static void Issue(string folder, HostLayout host, X509Certificate2 authority, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host.Name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host.Name);
        names.AddIpAddress(host.Address(Plane.Management));
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        // serverAuth and clientAuth: members are each other's clients.
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using var signed = request.Create(authority, now.AddHours(-1), now + _lifetime, RandomNumberGenerator.GetBytes(16));
        File.WriteAllText(Path.Combine(folder, $"{host.Name}.pem"), signed.ExportCertificatePem());
        using var file = new FileStream(Path.Combine(folder, $"{host.Name}.key"), new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
        file.Write(System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
    }
}
