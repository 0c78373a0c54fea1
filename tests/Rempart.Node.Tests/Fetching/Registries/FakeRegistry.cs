using System.Text;
using Rempart.Node.Tests.Volumes;

namespace Rempart.Node.Tests.Fetching.Registries;

/// <summary>A registry with one repository, as well-behaved as a test wants it.</summary>
internal sealed class FakeRegistry
{
    internal const string Gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    internal const string Tar = "application/vnd.oci.image.layer.v1.tar";
    private const string Repository = "/v2/containers/disk/";
    private readonly FileServer server;
    private readonly Dictionary<string, byte[]> files = new(StringComparer.Ordinal);

    internal FakeRegistry(FileServer server)
    {
        this.server = server;
        Realm = server.Url("/token").AbsoluteUri;
        server.Answer = AnswerAsync;
    }

    /// <summary>Asked for; null for none.</summary>
    internal string? Token { get; set; }

    /// <summary>What who gives tokens away answers; null for the token.</summary>
    internal string? Gives { get; init; }

    internal string Realm { get; set; }

    /// <summary>What it does instead with a path; false for what it does otherwise.</summary>
    internal Func<FileRequest, Stream, CancellationToken, Task<bool>> Instead { get; set; } = (_, _, _) => Task.FromResult(false);

    /// <summary>A path on it has other bytes from now on.</summary>
    internal void Replace(string path, byte[] bytes) => files[path] = bytes;

    internal static string ManifestPath(string digest) => $"{Repository}manifests/{digest}";

    internal static string BlobPath(byte[] bytes) => $"{Repository}blobs/sha256:{PoolFixture.Digest(bytes)}";

    /// <summary>Takes an artifact and returns its address.</summary>
    internal string Publish(string mediaType, params byte[][] layers) => Address(Manifest(mediaType, layers));

    /// <summary>The same, behind an index for several platforms.</summary>
    internal string PublishIndex(string mediaType, params byte[][] layers) => Address(Index(Manifest(mediaType, layers)));

    internal string Address(string digest) => $"oci://{FileServer.Name}:{server.Port}/containers/disk:latest@{digest}";

    internal string Index(string manifest) => Document($$"""
        {"schemaVersion":2,"manifests":[{"digest":"sha256:{{new string('1', 64)}}","size":2,"platform":{"os":"linux","architecture":"arm64"} },{"digest":"{{manifest}}","size":2,"platform":{"os":"linux","architecture":"amd64"} },
        {"digest":"sha256:{{new string('2', 64)}}","size":2,"platform":{"os":"unknown","architecture":"unknown"} }]}
        """);

    internal string Manifest(string mediaType, byte[][] layers) => Document($$"""
        {"schemaVersion":2,"config":{"digest":"none"},"layers":[{{string.Join(',', layers.Select(layer => $$"""{"mediaType":"{{mediaType}}","digest":"sha256:{{PoolFixture.Digest(layer)}}","size":{{layer.Length}}}"""))}}]}
        """, layers);

    internal string Document(string json, params byte[][] layers)
    {
        foreach (var layer in layers) files[BlobPath(layer)] = layer;
        var bytes = Encoding.UTF8.GetBytes(json);
        var digest = "sha256:" + PoolFixture.Digest(bytes);
        files[ManifestPath(digest)] = bytes;
        return digest;
    }

    private async Task AnswerAsync(FileRequest request, Stream stream, CancellationToken cancellationToken)
    {
        if (await Instead(request, stream, cancellationToken)) return;
        if (request.Path.StartsWith("/token?", StringComparison.Ordinal))
        {
            Assert.Contains("scope=repository%3Acontainers%2Fdisk%3Apull", request.Path, StringComparison.Ordinal);
            await FileServer.SendAsync(request, stream, Encoding.UTF8.GetBytes(Gives ?? $$"""{"token":"{{Token}}","expires_in":300}"""), null, cancellationToken);
        }
        else if (Token is not null && request.Field("Authorization") != $"Bearer {Token}")
        {
            await FileServer.WriteAsync(stream, $"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer realm=\"{Realm}\",service=\"registry\",scope=\"repository:other:push\"\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n", cancellationToken);
        }
        else if (files.TryGetValue(request.Path, out var bytes))
        {
            await FileServer.SendAsync(request, stream, bytes, "\"1\"", cancellationToken);
        }
        else
        {
            await FileServer.WriteAsync(stream, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", cancellationToken);
        }
    }
}
