using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Rempart.Init.Services;

namespace Rempart.Init.Supervision;

/// <summary>Asks a service whether it is ready.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    internal static async Task<bool> AskAsync(ReadySpec ready, CancellationToken cancellationToken)
    {
        try
        {
            if (ready.File is { } file) return File.Exists(file);
            if (ready.UnixSocket is { } socket) return await ConnectsAsync(socket, cancellationToken);
            return await AnswersAsync(ready.Https!, ready.Ca, cancellationToken);
        }
        catch (Exception exception) when (exception is SocketException or HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static async Task<bool> ConnectsAsync(string path, CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        return true;
    }

    private static async Task<bool> AnswersAsync(Uri url, string? ca, CancellationToken cancellationToken)
    {
        using var authority = ca is null ? null : X509CertificateLoader.LoadCertificateFromFile(ca);
        using var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        if (authority is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.Add(authority);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }
        using var client = new HttpClient(handler) { Timeout = Limit };
        using var answer = await client.GetAsync(url, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return answer.StatusCode == HttpStatusCode.OK;
    }
}
