using System.Net;
using System.Net.Sockets;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;

namespace Rempart.Server.Tests.Exhaustion;

/// <summary>A server whose process may have less than it would use.</summary>
[Trait("level", "real")]
public sealed class LimitTests
{
    // ConnectionBounds.Within(400).All
    private const int ConnectionsOf400 = 120;

    // The controllers' ends of their own connections (41 when this was written), listeners, and what was just accepted to be closed.
    private const int Own = 64;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Few_descriptors()
    {
        await using var server = await LimitedServer.StartAsync("--nofile=400");
        using var early = server.Client();
        await LimitedServer.WriteAsync(early, "before");
        // Given that its own controllers, which are clients too, have all the connections that they keep
        await ConnectedAsync(server, early);
        Assert.False(server.Log.Contains("can't be kept up to date", StringComparison.Ordinal), server.Log);
        var sockets = new List<Socket>();
        try
        {
            // When somebody opens far more connections than it may have files
            for (var i = 0; i < 1200; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                sockets.Add(socket);
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, server.Port, Stop);
                }
                catch (SocketException)
                {
                    // Refused already: that is what it is for.
                }
            }

            // Then whoever is connected works on, store and trail do, and somebody with a certificate gets in
            for (var i = 0; i < 20; i++) await LimitedServer.WriteAsync(early, $"during-{i}");
            using var late = server.Client();
            await ReadAsync(late, "during-19");
            // How many libraries and event loops there are is the machine's affair; connections are bounded by what the limit leaves for them.
            Assert.InRange(server.Sockets(), 20, ConnectionsOf400 + Own);
        }
        finally
        {
            foreach (var socket in sockets) socket.Dispose();
        }

        // And when they have gone, everybody does, and nobody ever met the end of the files
        using var next = server.Client();
        await ReadAsync(next, "before");
        Assert.False(server.Log.Contains("Too many open files", StringComparison.Ordinal), server.Log);
        Assert.False(server.Log.Contains("can't be kept up to date", StringComparison.Ordinal), server.Log);
        Assert.False(server.Process.HasExited, server.Log);
    }

    // On a busy machine it takes them seconds after the server is ready: they work, and nothing more comes.
    private static async Task ConnectedAsync(LimitedServer server, ApiClient client)
    {
        var (before, quiet) = (0, 0);
        for (var i = 0; quiet < 10; i++)
        {
            Assert.True(i < 600, server.Log);
            var now = await client.FindAsync<ServiceAccount>("kube-node-lease", "default", Stop) is null ? 0 : server.Sockets();
            quiet = now > 0 && now == before ? quiet + 1 : 0;
            before = now;
            await Task.Delay(200, Stop);
        }
    }

    // The flood comes from the same address: whoever is new waits until some of its handshakes have met their time.
    private static async Task ReadAsync(ApiClient client, string name)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                Assert.NotNull(await client.FindAsync<ConfigMap>("default", name, Stop));
                return;
            }
            catch (ApiException refused) when (refused.Code == 503 && i < 60)
            {
                await Task.Delay(500, Stop);
            }
        }
    }

    [Fact]
    public async Task A_store_that_fails_in_another_way_than_by_a_full_disk_ends_the_server_instead_of_refusing_for_ever()
    {
        await using var server = await LimitedServer.StartAsync("--nofile=1024");
        using var client = server.Client();
        await server.LimitAsync("--fsize=3000000");
        var written = 0;
        await Assert.ThrowsAsync<ApiException>(async () =>
        {
            for (; written < 100; written++) await LimitedServer.WriteAsync(client, $"big-{written}", 200_000);
        });
        await server.Process.WaitForExitAsync(Stop);
        Assert.Equal(1, server.Process.ExitCode);
        Assert.Contains("must be opened anew", server.Log, StringComparison.Ordinal);
        Assert.InRange(written, 1, 50);
    }
}
