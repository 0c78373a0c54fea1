using System.Net;
using System.Net.Sockets;
using Rempart.Api.Tunnel;
using Rempart.Node.Fetching;
using Rempart.Node.Fetching.Registries;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Fetching;

/// <summary>A pool, the real fetcher in its real jail, and a server on loopback, which is allowed as an administrator would allow it.</summary>
internal sealed class FetchWorld : IAsyncDisposable
{
    private readonly JailedToolFixture jail;

    internal FetchWorld(JailedToolFixture jail, int? mebibytes = null)
    {
        this.jail = jail;
        Pool = new PoolFixture(jail.Tool, mebibytes);
        Terms = new FetchTerms { AllowedRanges = ["127.0.0.1/32"], Authorities = Server.Authority };
    }

    internal PoolFixture Pool { get; }

    internal FileServer Server { get; } = new();

    internal FetchTerms Terms { get; set; }

    internal string Uid { get; } = Guid.NewGuid().ToString();

    internal List<TransferProgress> Told { get; } = [];

    /// <summary>What names lead to; the server's lead to it.</summary>
    internal Func<string, IPAddress[]> Names { get; set; } = name => name is FileServer.Name or "mirror.test" ? [IPAddress.Loopback]
        : IPAddress.TryParse(name, out var address) ? [address] : throw new SocketException((int)SocketError.HostNotFound);

    internal int StallSeconds { get; set; } = 60;

    /// <summary>Fetches a kernel of these bytes, or of this digest.</summary>
    internal Task<ImageRecord> FetchAsync(byte[] bytes, string? url = null, string? digest = null, CancellationToken? cancellationToken = null, ImageType type = ImageType.Kernel, long most = 64 << 20) =>
        NewFetcher().FetchAsync(Uid, new ImageRequest(digest ?? PoolFixture.Digest(bytes), type, type == ImageType.Disk ? DiskFormat.Qcow2 : DiskFormat.Raw, most), url ?? Server.Url().AbsoluteUri, Terms, progress =>
        {
            Told.Add(progress);
            return Task.CompletedTask;
        }, cancellationToken ?? TestContext.Current.CancellationToken);

    /// <summary>One of an agent that has just begun.</summary>
    internal ImageFetcher NewFetcher()
    {
        var settings = new FetchSettings
        {
            OwnAddresses = _ => Task.FromResult<IReadOnlyCollection<IPAddress>>([IPAddress.Parse("198.41.0.4")]),
            Resolve = (name, _) => Task.FromResult(Names(name)),
            StallSeconds = StallSeconds,
        };
        var curl = new JailedCurl(jail.Tool, Pool.Pool, settings, TimeProvider.System);
        var download = new HttpDownload(curl, TimeProvider.System);
        var artifacts = new ArtifactFetcher(Pool.Images, Pool.Pool, download, new RegistryDocuments(curl, Pool.Pool), new LayerArchive(jail.Tool, Pool.Pool));
        return new ImageFetcher(Pool.Images, new Partials(Pool.Pool, TimeProvider.System), download, artifacts);
    }

    /// <summary>It is refused for this reason, in these words, and nothing is left of it.</summary>
    internal async Task RefusedAsync(VolumeFault fault, string says, Func<Task> fetch)
    {
        var refused = await Assert.ThrowsAsync<VolumeException>(fetch);
        Assert.Equal(fault, refused.Fault);
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.InRange(refused.Message.Length, 10, 600);
        Assert.Empty(jail.Left());
        if (fault != VolumeFault.Unreachable) Assert.Empty(Pool.Left);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Pool.Dispose();
        Assert.Empty(jail.Left());
    }
}
