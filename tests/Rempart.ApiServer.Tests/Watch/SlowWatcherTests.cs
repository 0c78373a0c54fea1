using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Watch;

/// <summary>A client that asks for changes and does not read them.</summary>
public sealed class SlowWatcherTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Who_does_not_read_is_cut_off_and_holds_up_nobody(string protocol)
    {
        await using var server = await TestServer.StartAsync();
        using var slow = server.ClientOf("slow", Version.Parse(protocol));
        using var quick = server.ClientOf("quick");
        using var unread = await slow.GetAsync(Maps + "?watch=true", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var read = await WatchStream.OpenAsync(quick, Maps + "?watch=true");
        await server.PostAsync(Maps, """{"metadata":{"name":"big"}}""");
        Assert.Equal("ADDED big", await read.NextAsync());
        var last = "";
        for (var i = 0; i < 100; i++)
        {
            var (code, changed) = await server.PatchAsync(Maps + "/big", $$$"""{"data":{"k":"{{{i}}}{{{new string('x', 900_000)}}}"}}""");
            Assert.Equal(200, code);
            last = changed["metadata"]!["resourceVersion"]!.GetValue<string>();
            Assert.Equal("MODIFIED big", await read.NextAsync());
        }

        Assert.Equal(last, read.LastVersion);
        Assert.True(await EndAsync(unread) < long.Parse(last, CultureInfo.InvariantCulture), "the reader that had fallen behind was told everything all the same");
    }

    [Theory]
    [InlineData("watch=true", "1.1")]
    [InlineData("watch=true", "2.0")]
    [InlineData("limit=500", "1.1")]
    [InlineData("limit=500", "2.0")]
    public async Task Who_does_not_read_what_there_is_gives_back_the_place_that_they_hold(string query, string protocol)
    {
        await using var server = await TestServer.StartAsync(change: options => options with
        {
            AnswerStall = TimeSpan.FromMilliseconds(500),
            Flow = options.Flow with { Tenants = options.Flow.Tenants with { SeatsOfClient = 1 } },
        });
        for (var i = 0; i < 25; i++) await server.PostAsync(Maps, $$$"""{"metadata":{"name":"m{{{i}}}"},"data":{"k":"{{{new string('x', 900_000)}}}"}}""");
        using var slow = server.ClientOf("slow", Version.Parse(protocol));
        using var unread = await slow.GetAsync($"{Maps}?{query}", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Get, Maps + "/m1", client: slow)).Code);
        await Assert.ThrowsAnyAsync<Exception>(async () => await unread.Content.ReadAsByteArrayAsync().WaitAsync(TimeSpan.FromSeconds(60)));
    }

    // The version of the last whole line before the stream ends or breaks: which of the two depends on how soon it is read.
    private static async Task<long> EndAsync(HttpResponseMessage response)
    {
        long version = 0;
        try
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
            while (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } line)
            {
                version = long.Parse(JsonNode.Parse(line)!["object"]!["metadata"]!["resourceVersion"]!.GetValue<string>(), CultureInfo.InvariantCulture);
            }
        }
        catch (Exception broken) when (broken is IOException or HttpRequestException or System.Text.Json.JsonException)
        {
            return version;
        }

        return version;
    }
}
