using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Rempart.Api.Certificates;
using Rempart.Api.Client;
using Rempart.Api.Meta;
using Rempart.Api.Versions;
using Rempart.Linux;

namespace Rempart.Node.Agent;

/// <summary>
/// The node's certificate: asked for with a one-time token at first, renewed with itself at two thirds of its life. Each one has a
/// new key, made here, that never leaves the host.
/// </summary>
internal sealed partial class NodeIdentity(AgentSettings settings, Func<ApiConnection, ApiClient> connect, TimeProvider time, ILogger logger)
{
    private const string Signer = "rempart.dev/node";

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);

    private volatile X509Certificate2? _certificate;

    private string NoWay => $"node `{settings.Node}` has no valid certificate and no one-time token; make a token with `rempart node token create {settings.Node}`, put it into `{settings.TokenFile}` (only root may read it), and start the agent again";

    /// <summary>The certificate in use; null before <see cref="EnsureAsync"/>.</summary>
    public X509Certificate2? Certificate => _certificate;

    /// <summary>How to reach the server as this node; takes up renewed certificates by itself.</summary>
    public ApiConnection Connection => Base() with { ClientCertificate = () => _certificate };

    /// <summary>Takes the certificate from disk, or asks for the first one.</summary>
    /// <exception cref="AgentException">There is no way to get one; says what to do.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        if (Load() is { } kept && kept.NotAfter.ToUniversalTime() > time.GetUtcNow().UtcDateTime)
        {
            _certificate = kept;
            return;
        }
        if (!File.Exists(settings.TokenFile)) throw new AgentException(NoWay);
        var token = (await File.ReadAllTextAsync(settings.TokenFile, cancellationToken)).Trim();
        using (var client = connect(Base() with { BearerToken = token })) await RequestAsync(client, cancellationToken);
        // A new token is the operator's word that this cluster is the one to obey, whatever the node remembers.
        new ClusterMarkFile(settings.ClusterFile).Delete();
        File.Delete(settings.TokenFile);
    }

    /// <summary>Renews the certificate in time, for ever. Machines go on whatever becomes of it.</summary>
    /// <exception cref="AgentException">It has expired, after too long without the server: only a new one-time token helps; says what to do.</exception>
    public async Task RenewAsync(ApiClient client, CancellationToken cancellationToken)
    {
        var pause = FirstRetry;
        while (true)
        {
            // The spread is drawn once a certificate: nodes that joined together do not renew together.
            var due = CertificateRenewal.DueAt(_certificate!, RandomNumberGenerator.GetInt32(1000) / 1000.0);
            var wait = due - time.GetUtcNow();
            if (wait > TimeSpan.Zero) await Task.Delay(wait < TimeSpan.FromDays(20) ? wait : TimeSpan.FromDays(20), time, cancellationToken);
            if (due > time.GetUtcNow()) continue;
            try
            {
                await RequestAsync(client, cancellationToken);
                LogRenewed(_certificate!.NotAfter);
                pause = FirstRetry;
            }
            catch (Exception failure) when (failure is ApiException or IOException)
            {
                LogFailure(failure.Message, _certificate!.NotAfter);
                var left = new DateTimeOffset(_certificate.NotAfter.ToUniversalTime()) - time.GetUtcNow();
                // No server takes it any more. The agent ends, and its next start takes up a token as soon as there is one.
                if (left <= TimeSpan.Zero) throw new AgentException(NoWay, failure);
                await Task.Delay(left < pause ? left : pause, time, cancellationToken);
                pause = pause * 2 > LongestRetry ? LongestRetry : pause * 2;
            }
        }
    }

    private ApiConnection Base()
    {
        if (!File.Exists(settings.AuthorityFile)) throw new AgentException($"`{settings.AuthorityFile}` is missing; put the cluster's CA certificate there");
        return new ApiConnection { Server = settings.Server, Alternates = settings.Alternates, CertificateAuthorityPem = File.ReadAllText(settings.AuthorityFile), UserAgent = $"rempart-node/{ProgramVersion.Own}" };
    }

    private async Task RequestAsync(ApiClient client, CancellationToken cancellationToken)
    {
        var subject = new X500DistinguishedNameBuilder();
        subject.AddOrganizationName("system:nodes");
        subject.AddCommonName(settings.UserName);
        var (certificates, key) = await CertificateOrder.PlaceAsync(client, Signer, $"node-{settings.Node}", subject.Build(), cancellationToken);
        DurableFile.Write(settings.IdentityFile, Encoding.ASCII.GetBytes($"{certificates}\n{key}\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _certificate = Load();
    }

    private X509Certificate2? Load()
    {
        if (!File.Exists(settings.IdentityFile)) return null;
        var pem = File.ReadAllText(settings.IdentityFile);
        var kept = X509Certificate2.CreateFromPem(pem, pem);
        // The name that the server knows the agent by is the certificate's: with another node's nothing of this node would ever be answered.
        var owner = kept.GetNameInfo(X509NameType.SimpleName, forIssuer: false);
        if (owner == settings.UserName) return kept;
        kept.Dispose();
        var whose = owner.StartsWith(AgentSettings.UserPrefix, StringComparison.Ordinal) ? $"node `{owner[AgentSettings.UserPrefix.Length..]}`" : $"`{owner}`, which is no node";
        throw new AgentException($"`{settings.IdentityFile}` is the certificate of {whose}, and this agent is started as node `{settings.Node}`: start it with `--name` and that node's name, or in a data folder of its own; if this host is to become `{settings.Node}`, stop and remove what runs here, remove that file and join with a new token (`rempart node token create {settings.Node}`)");
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "the node's certificate was renewed, valid until {NotAfter}")]
    private partial void LogRenewed(DateTime notAfter);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the node's certificate could not be renewed (it is valid until {NotAfter}), trying again: {Failure}")]
    private partial void LogFailure(string failure, DateTime notAfter);
}
