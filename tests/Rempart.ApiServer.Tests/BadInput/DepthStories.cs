using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.ApiServer.Tests.Authorization;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>The deepest object that is accepted can be read wherever it is shown: our own readers stop at 64 levels, and lists put some around it.</summary>
public sealed class DepthStories : IAsyncLifetime
{
    private const string Nodes = "/api/v1/nodes";

    private SecureServer server = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => server = await SecureServer.StartAsync();

    [Fact]
    public async Task The_deepest_object_that_is_accepted()
    {
        using var client = new ApiClient(server.Admin, TimeProvider.System);
        var before = (await client.ListAllAsync<Node>(ListQuery.All, Stop)).Metadata.ResourceVersion;

        // Given the deepest that is, made as a whole and by a patch
        var whole = await DeepestAsync(levels => SecureServer.SendAsync(server.Admin, HttpMethod.Post, Nodes, $$$"""{"metadata":{"name":"whole"},"spec":{"configSource":{{{Deep(levels - 2)}}}}}"""));
        await SecureServer.DoAsync(server.Admin, HttpMethod.Post, Nodes, """{"metadata":{"name":"patched"}}""");
        var patched = await DeepestAsync(levels => SecureServer.SendAsync(server.Admin, HttpMethod.Patch, $"{Nodes}/patched", $$$"""{"spec":{"configSource":{{{Deep(levels - 2)}}}}}"""));
        Assert.Equal((ApiJson.MaxObjectDepth, ApiJson.MaxObjectDepth), (whole, patched));

        // Then it can be read alone, in a list, in a table that carries it, and by a watch
        await ReadAsync($"{Nodes}/whole", "application/json");
        await ReadAsync(Nodes, "application/json");
        await ReadAsync($"{Nodes}?includeObject=Object", "application/json;as=Table;v=v1;g=meta.k8s.io");
        Assert.Equal(["patched", "whole"], (await client.ListAllAsync<Node>(ListQuery.All, Stop)).Items.Select(node => node.Metadata.Name));
        await foreach (var seen in client.WatchAsync<Node>(new ListQuery { ResourceVersion = before }, Stop))
        {
            if (seen.Object?.Metadata.Name == "patched" && seen.Type == ApiEventType.Modified) break;
        }

        // And it can still be changed and deleted
        await SecureServer.DoAsync(server.Admin, HttpMethod.Patch, $"{Nodes}/whole", """{"metadata":{"labels":{"a":"b"}}}""");
        await SecureServer.DoAsync(server.Admin, HttpMethod.Delete, $"{Nodes}/whole");
    }

    public async ValueTask DisposeAsync() => await server.DisposeAsync();

    private static string Deep(int levels) => string.Concat(Enumerable.Repeat("{\"a\":", levels)) + "1" + new string('}', levels);

    private static async Task<int> DeepestAsync(Func<int, Task<(int Code, System.Text.Json.Nodes.JsonObject Body)>> send)
    {
        for (var levels = 80; levels > 40; levels--)
        {
            var (code, body) = await send(levels);
            if (code is 200 or 201) return levels;
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"deeper than {ApiJson.MaxObjectDepth} levels"), body["message"]!.GetValue<string>(), StringComparison.Ordinal);
        }

        Assert.Fail("nothing was accepted");
        return 0;
    }

    private async Task ReadAsync(string path, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Accept = { MediaTypeWithQualityHeaderValue.Parse(accept) } } };
        using var answer = await server.Admin.SendAsync(request, Stop);
        Assert.Equal(200, (int)answer.StatusCode);
        using var read = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(Stop), new JsonDocumentOptions { MaxDepth = ApiJson.MaxDepth });
    }
}
