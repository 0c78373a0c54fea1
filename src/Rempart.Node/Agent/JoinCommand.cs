using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Linux;

namespace Rempart.Node.Agent;

/// <summary>
/// `rempart-node join`: makes this host a node. The server's CA certificate comes from the server itself and is taken only when it has
/// the pinned key; the token is shown to nobody but a server of that CA.
/// </summary>
internal sealed class JoinCommand(JoinOptions options, TimeProvider time, ILoggerFactory logging)
{
    private const int LongestAuthority = 64 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Leaves the node's certificate in the data folder; `rempart-node run` goes on from there.</summary>
    /// <exception cref="AgentException">The host could not join; says why.</exception>
    public async Task RunAsync(BootstrapToken token, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(options.DataFolder);
        File.SetUnixFileMode(options.DataFolder, (UnixFileMode)0b111_001_001);
        using var only = FileLock.TryAcquire(Path.Combine(options.DataFolder, "node.lock")) ?? throw new AgentException($"an agent works in `{options.DataFolder}`: stop it first");
        var settings = new AgentSettings(options.DataFolder, options.Server, options.NodeName);
        if (File.Exists(settings.IdentityFile)) throw new AgentException($"this host has joined a cluster before: remove `{settings.IdentityFile}` to join anew");
        using var authority = await FetchAuthorityAsync(cancellationToken);
        DurableFile.Write(settings.AuthorityFile, Encoding.ASCII.GetBytes(authority.ExportCertificatePem() + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        DurableFile.Write(settings.TokenFile, Encoding.ASCII.GetBytes(token.Reveal() + "\n"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        try
        {
            await new NodeIdentity(settings, connection => ApiClient.Connect(connection, time), time, logging.CreateLogger<NodeIdentity>()).EnsureAsync(cancellationToken);
        }
        catch (ApiException refused)
        {
            File.Delete(settings.TokenFile);
            throw new AgentException($"node `{options.NodeName}` could not join: {refused.Message}", refused);
        }
    }

    private async Task<X509Certificate2> FetchAuthorityAsync(CancellationToken cancellationToken)
    {
        // Whoever answers is believed nothing: the pin decides, and the connection that carries the token is a new one.
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, ConnectTimeout = Patience };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        using var http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = LongestAuthority };
        try
        {
            var pem = await http.GetStringAsync(new Uri(options.Server, AuthorityPin.Path), cancellationToken);
            return AuthorityPin.Find(pem, options.Pin)
                ?? throw new AgentException($"`{options.Server}` is a server of another cluster than the one that the token is for, or somebody stands in between: its CA does not have the key `{options.Pin}`");
        }
        catch (CryptographicException garbled)
        {
            throw new AgentException($"`{options.Server}` did not answer with a CA certificate: is it a Rempart server?", garbled);
        }
        catch (Exception unreachable) when (unreachable is HttpRequestException or SocketException)
        {
            throw new AgentException($"`{options.Server}` can't be asked for its CA certificate: {unreachable.Message}", unreachable);
        }
        catch (OperationCanceledException silence) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AgentException($"`{options.Server}` has not answered within {Patience.TotalSeconds} s", silence);
        }
    }
}
