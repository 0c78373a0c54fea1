using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Rempart.Api.Certificates;
using Rempart.Api.Client;
using Rempart.Api.Meta;
using Rempart.Linux;
using Rempart.Node.Agent;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Node.Networks;

/// <summary>
/// The certificate of this host's OVN: asked for as the node, renewed at two thirds of its life, put where OVN's processes take up a
/// new one by themselves. What they hold open goes on with the old one.
/// </summary>
internal sealed partial class NetworkCertificate(NetworkSettings settings, TimeProvider time, ILogger<NetworkCertificate> logger)
{
    private const string Signer = "rempart.dev/network";
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);
    private readonly NetworkLayout _layout = new(settings);

    /// <summary>For the agent's own connections to OVN's databases.</summary>
    /// <exception cref="IOException">there is none yet.</exception>
    internal static OvsdbCredentials Read(NetworkLayout layout)
    {
        if (!File.Exists(layout.TlsIdentity)) throw new FileNotFoundException("the network's certificate has not come yet");
        var pem = File.ReadAllText(layout.TlsIdentity);
        X509Certificate2Collection authorities = [];
        authorities.ImportFromPemFile(layout.TlsCentralAuthority);
        return new OvsdbCredentials(X509Certificate2.CreateFromPem(pem, pem), authorities);
    }

    /// <summary>Keeps it fresh until cancelled.</summary>
    internal async Task RunAsync(ApiClient client, CancellationToken cancellation)
    {
        var pause = FirstRetry;
        // The spread is drawn once: hosts that joined together do not renew together.
        var spread = RandomNumberGenerator.GetInt32(1000) / 1000.0;
        while (true)
        {
            try
            {
                var wait = DueAt(spread) - time.GetUtcNow();
                if (wait > TimeSpan.Zero)
                {
                    // A part of a millisecond would be no wait at all.
                    await Task.Delay(wait < LongestWait ? wait + TimeSpan.FromMilliseconds(1) : LongestWait, time, cancellation);
                    continue;
                }
                var until = await RequestAsync(client, cancellation);
                LogReceived(until);
                if (DueAt(spread) > time.GetUtcNow())
                {
                    pause = FirstRetry;
                    continue;
                }
                LogNoMember(settings.NodeName);
            }
            catch (Exception failure) when (failure is ApiException or IOException or UnauthorizedAccessException or CryptographicException)
            {
                LogFailed(failure.Message);
            }
            await Task.Delay(pause, time, cancellation);
            pause = pause * 2 > LongestRetry ? LongestRetry : pause * 2;
        }
    }

    /// <summary>At once when there is none that fits what this host is.</summary>
    private DateTimeOffset DueAt(double spread)
    {
        try
        {
            if (!File.Exists(_layout.TlsIdentity)) return DateTimeOffset.MinValue;
            using var certificate = X509Certificate2.CreateFromPem(File.ReadAllText(_layout.TlsIdentity));
            var addresses = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateIPAddresses()).ToList();
            var fits = settings.OwnCentral is { } own ? addresses.Contains(own.Address) : addresses.Count == 0;
            return fits && certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) == settings.NodeName ? CertificateRenewal.DueAt(certificate, spread) : DateTimeOffset.MinValue;
        }
        catch (CryptographicException)
        {
            return DateTimeOffset.MinValue;
        }
    }

    private async Task<DateTime> RequestAsync(ApiClient client, CancellationToken cancellation)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(settings.NodeName);
        var (certificates, key) = await CertificateOrder.PlaceAsync(client, Signer, $"network-{settings.NodeName}", subject.Build(), cancellation);
        X509Certificate2Collection all = [];
        all.ImportFromPem(certificates);
        if (all.Count < 2) throw ApiException.Failure(500, StatusReason.InternalError, "the server has sent no authority with the network's certificate");
        // Whom to trust first: a certificate that came without would serve nobody.
        Write(_layout.TlsCentralAuthority, all[1].ExportCertificatePem() + "\n");
        Write(_layout.TlsHostAuthorities, string.Concat(all.Skip(1).Select(authority => authority.ExportCertificatePem() + "\n")));
        Write(_layout.TlsIdentity, $"{all[0].ExportCertificatePem()}\n{key}\n");
        return all[0].NotAfter;
    }

    /// <summary>The folder's group, which the file inherits, is that of OVN's processes; they can't write there.</summary>
    private static void Write(string path, string pem) =>
        DurableFile.Write(path, Encoding.ASCII.GetBytes(pem), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);

    [LoggerMessage(Level = LogLevel.Information, Message = "the network has a certificate, valid until {NotAfter}")]
    private partial void LogReceived(DateTime notAfter);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the network's certificate can't be had, trying again: {Failure}")]
    private partial void LogFailed(string failure);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the API server and this host don't agree whether `{Node}` holds OVN's databases: is `--central` the same on all hosts?")]
    private partial void LogNoMember(string node);
}
