using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.Protocols.Ovsdb;

/// <summary>Opens a connection to an endpoint: a unix socket, or TLS with both sides' certificates.</summary>
internal static class OvsdbDialer
{
    internal static async Task<Stream> ConnectAsync(OvsdbEndpoint endpoint, OvsdbClientOptions options, CancellationToken cancellation)
    {
        if (endpoint.Path is { } path)
        {
            var unix = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await unix.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellation);
                return new NetworkStream(unix, ownsSocket: true);
            }
            catch
            {
                unix.Dispose();
                throw;
            }
        }
        if (options.Credentials?.Invoke() is not { Authorities.Count: > 0 } credentials)
            throw new InvalidOperationException($"endpoint `{endpoint}` needs a client certificate and the authorities to trust");
        var tcp = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await tcp.ConnectAsync(endpoint.Host!, endpoint.Port, cancellation);
            var tls = new SslStream(new NetworkStream(tcp, ownsSocket: true));
            try
            {
                await tls.AuthenticateAsClientAsync(TlsOptions(endpoint.Host!, credentials), cancellation);
                return tls;
            }
            catch
            {
                await tls.DisposeAsync();
                throw;
            }
        }
        catch
        {
            tcp.Dispose();
            throw;
        }
    }

    private static SslClientAuthenticationOptions TlsOptions(string host, OvsdbCredentials credentials)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(credentials.Authorities);
        return new SslClientAuthenticationOptions
        {
            TargetHost = host,
            ClientCertificates = [credentials.Certificate],
            CertificateChainPolicy = policy,
            EnabledSslProtocols = SslProtocols.Tls13,
        };
    }
}
