using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Registry;

/// <summary>Names that the server makes, as Kubernetes makes them, and what happens when they are taken.</summary>
public sealed class GenerateNameTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task A_name_that_is_taken_is_made_anew_seven_times()
    {
        var made = 0;
        await using var server = await TestServer.StartAsync(change: options => options with { GenerateName = prefix => $"{prefix}{Math.Max(0, Interlocked.Increment(ref made) - 8)}" });
        Assert.Equal("a-0", await NameAsync(server));
        made = 0;

        // The eighth try is the last one.
        Assert.Equal(409, (await server.PostAsync(Maps, """{"metadata":{"generateName":"a-"}}""")).Code);
        Assert.Equal(8, made);
        made = 1;
        Assert.Equal("a-1", await NameAsync(server));
        Assert.Equal(9, made);
    }

    [Fact]
    public async Task Who_meets_none_that_is_free_is_told_to_try_again()
    {
        await using var server = await TestServer.StartAsync(change: options => options with { GenerateName = prefix => prefix + "taken" });
        Assert.Equal(201, (await server.PostAsync(Maps, """{"metadata":{"name":"a-taken"}}""")).Code);
        var before = (await server.Store.CurrentAsync(CancellationToken.None)).Revision;
        using var content = new StringContent("""{"metadata":{"generateName":"a-"}}""", Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using var response = await server.Client.PostAsync(Maps, content);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
        var status = JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
        Assert.Equal("""configmaps "a-taken" already exists, the server was not able to generate a unique name for the object""", status["message"]!.GetValue<string>());
        Assert.Equal(("AlreadyExists", 409, 1), (status["reason"]!.GetValue<string>(), status["code"]!.GetValue<int>(), status["details"]!["retryAfterSeconds"]!.GetValue<int>()));
        Assert.Equal(before, (await server.Store.CurrentAsync(CancellationToken.None)).Revision);
    }

    [Fact]
    public async Task Many_who_ask_for_the_same_prefix_all_get_a_name()
    {
        // Two letters: of 40 creators many meet somebody else's name.
        await using var server = await TestServer.StartAsync(change: options => options with { GenerateName = prefix => NewObject.RandomName(prefix)[..^3] });
        var names = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => NameAsync(server)));
        Assert.Equal(40, names.Distinct(StringComparer.Ordinal).Count());
    }

    [Theory]
    [InlineData(5)]
    [InlineData(58)]
    [InlineData(59)]
    [InlineData(253)]
    public void A_generated_name_has_five_letters_of_kubernetes_alphabet_and_at_most_63_in_all(int length)
    {
        var prefix = new string('a', length);
        for (var i = 0; i < 200; i++)
        {
            var name = NewObject.RandomName(prefix);
            Assert.Equal(Math.Min(length, 58) + 5, name.Length);
            Assert.All(name[^5..], letter => Assert.Contains(letter, "bcdfghjklmnpqrstvwxz2456789"));
        }
    }

    [Fact]
    public async Task A_name_that_is_given_wins_over_a_prefix()
    {
        await using var server = await TestServer.StartAsync();
        var (code, map) = await server.PostAsync(Maps, """{"metadata":{"name":"mine","generateName":"a-"}}""");
        Assert.Equal((201, "mine", "a-"), (code, map["metadata"]!["name"]!.GetValue<string>(), map["metadata"]!["generateName"]!.GetValue<string>()));
    }

    private static async Task<string> NameAsync(TestServer server)
    {
        var (code, map) = await server.PostAsync(Maps, """{"metadata":{"generateName":"a-"}}""");
        Assert.True(code == 201, map.ToJsonString());
        return map["metadata"]!["name"]!.GetValue<string>();
    }
}
