using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Rempart.Node.Tests.Fetching;

/// <summary>An https server on loopback that answers each request with whatever bytes a test wants, well-formed or not.</summary>
internal sealed class FileServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentQueue<FileRequest> requests = new();
    private readonly X509Certificate2 certificate;
    private readonly Task accepting;

    /// <summary>Names that its certificate is for.</summary>
    internal const string Name = "images.test";

    internal FileServer()
    {
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authority = new CertificateRequest("CN=test authority", authorityKey, HashAlgorithmName.SHA256);
        authority.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authority.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var now = TimeProvider.System.GetUtcNow();
        using var signer = authority.CreateSelfSigned(now.AddHours(-1), now.AddHours(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var leaf = new CertificateRequest($"CN={Name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Name);
        names.AddDnsName("mirror.test");
        names.AddIpAddress(IPAddress.Loopback);
        leaf.CertificateExtensions.Add(names.Build());
        using var signed = leaf.Create(signer, now.AddHours(-1), now.AddMinutes(59), RandomNumberGenerator.GetBytes(8));
        using var whole = signed.CopyWithPrivateKey(key);
        certificate = X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pfx), null);
        (Authority, CertificatePem, KeyPem) = (signer.ExportCertificatePem(), signed.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    /// <summary>Answers a request on an open connection, which is closed afterwards.</summary>
    internal Func<FileRequest, Stream, CancellationToken, Task> Answer { get; set; } = (_, _, _) => Task.CompletedTask;

    internal string Authority { get; }

    /// <summary>Its certificate, for another server of the same names.</summary>
    internal string CertificatePem { get; }

    internal string KeyPem { get; }

    internal int Port { get; }

    internal IReadOnlyList<FileRequest> Requests => [.. requests];

    internal int Connections { get; private set; }

    internal Uri Url(string path = "/disk", string host = Name) => new($"https://{host}:{Port}{path}");

    /// <summary>Answers with a file as a good server does: with a length, an ETag, and from where it is asked to.</summary>
    internal static async Task SendAsync(FileRequest request, Stream stream, byte[] bytes, string? etag, CancellationToken cancellationToken, int? cutAfter = null)
    {
        var from = request.Field("Range") is { } range && (request.Field("If-Range") is not { } condition || condition == etag)
            ? int.Parse(range["bytes=".Length..^1], System.Globalization.CultureInfo.InvariantCulture) : 0;
        var tag = etag is null ? "" : $"ETag: {etag}\r\n";
        await WriteAsync(stream, from > 0
            ? $"HTTP/1.1 206 Partial Content\r\n{tag}Content-Length: {bytes.Length - from}\r\nContent-Range: bytes {from}-{bytes.Length - 1}/{bytes.Length}\r\n\r\n"
            : $"HTTP/1.1 200 OK\r\n{tag}Content-Length: {bytes.Length}\r\n\r\n", cancellationToken);
        await stream.WriteAsync(bytes.AsMemory(from..Math.Min(bytes.Length, cutAfter is { } cut ? Math.Max(cut, from) : bytes.Length)), cancellationToken);
    }

    internal static Task WriteAsync(Stream stream, string text, CancellationToken cancellationToken) => stream.WriteAsync(Encoding.ASCII.GetBytes(text), cancellationToken).AsTask();

    internal static Task RedirectAsync(Stream stream, string to, CancellationToken cancellationToken) => WriteAsync(stream, $"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n", cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Dispose();
        await accepting;
        certificate.Dispose();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> serving = [];
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                Connections++;
                serving.Add(ServeAsync(client));
            }
        }
        catch (Exception over) when (over is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var _ = client;
        try
        {
            await using var tls = new SslStream(client.GetStream());
            await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stop.Token);
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await tls.ReadAsync(one, stop.Token) == 1) head.Append((char)one[0]);
            var request = new FileRequest([.. head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries)]);
            requests.Enqueue(request);
            await Answer(request, tls, stop.Token);
            await tls.ShutdownAsync();
        }
        catch (Exception cut) when (cut is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // The client has had enough.
        }
    }
}
