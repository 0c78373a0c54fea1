using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Quotas;

/// <summary>What a user of a project with a quota meets, in Kubernetes' words.</summary>
public sealed class QuotaStories : IAsyncLifetime
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";
    private const string Quotas = "/api/v1/namespaces/default/resourcequotas";
    private const string Volumes = "/apis/storage.rempart.dev/v1/namespaces/default/volumes";
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task The_last_place_is_taken_once_and_given_back_by_a_deletion()
    {
        await MakeAsync("maps", """{"configmaps":"2"}""");
        Assert.Equal(201, await MapAsync("a"));
        Assert.Equal(201, await MapAsync("b"));
        var (code, refused) = await _server.PostAsync(Maps, """{"metadata":{"name":"c"}}""");
        Assert.Equal(403, code);
        Assert.Equal("""configmaps "c" is forbidden: exceeded quota: maps, requested: configmaps=1, used: configmaps=2, limited: configmaps=2""", refused["message"]!.GetValue<string>());
        Assert.Equal("Forbidden", refused["reason"]!.GetValue<string>());
        Assert.Equal("2", await UsedAsync("maps", "configmaps"));

        // A finalizer holds the object, and with it the place.
        Assert.Equal(200, (await _server.PatchAsync(Maps + "/a", """{"metadata":{"finalizers":["example.com/held"]}}""")).Code);
        Assert.Equal(200, (await _server.DeleteAsync(Maps + "/a")).Code);
        Assert.Equal(403, await MapAsync("c"));
        Assert.Equal(200, (await _server.PatchAsync(Maps + "/a", """{"metadata":{"finalizers":null}}""")).Code);
        Assert.Equal("1", await UsedAsync("maps", "configmaps"));
        Assert.Equal(201, await MapAsync("c"));
    }

    [Fact]
    public async Task What_was_there_before_counts_and_a_quota_below_it_takes_nothing_away()
    {
        foreach (var name in (string[])["a", "b", "c"]) Assert.Equal(201, await MapAsync(name));
        await MakeAsync("maps", """{"count/configmaps":"1","count/secrets":"5"}""");
        Assert.Equal(403, await MapAsync("d"));
        // What is refused writes nothing of a quota: this count is the one in the background.
        await CountedAsync("maps");
        Assert.Equal("3", await UsedAsync("maps", "count/configmaps"));
        Assert.Equal("0", await UsedAsync("maps", "count/secrets"));
        Assert.Equal(200, (await _server.PatchAsync(Quotas + "/maps", """{"spec":{"hard":{"count/configmaps":"4"}}}""")).Code);
        Assert.Equal(201, await MapAsync("d"));
        Assert.Equal(403, await MapAsync("e"));
        Assert.Equal(200, (await _server.DeleteAsync(Quotas + "/maps")).Code);
        Assert.Equal(201, await MapAsync("e"));
    }

    [Fact]
    public async Task Nothing_is_taken_by_dry_runs_conflicts_and_what_is_refused()
    {
        await MakeAsync("maps", """{"configmaps":"2"}""");
        Assert.Equal(201, await MapAsync("a"));
        Assert.Equal(201, (await _server.PostAsync(Maps + "?dryRun=All", """{"metadata":{"name":"b"}}""")).Code);
        Assert.Equal(409, await MapAsync("a"));
        Assert.Equal(422, (await _server.PostAsync(Maps, """{"metadata":{"name":"No"}}""")).Code);
        Assert.Equal(200, (await _server.DeleteAsync(Maps + "/a?dryRun=All")).Code);
        Assert.Equal("1", await UsedAsync("maps", "configmaps"));
        Assert.Equal(201, await MapAsync("b"));
        Assert.Equal(403, (await _server.PostAsync(Maps + "?dryRun=All", """{"metadata":{"name":"c"}}""")).Code);
        Assert.Equal("2", await UsedAsync("maps", "configmaps"));
    }

    [Fact]
    public async Task Several_quotas_all_have_to_allow_it_and_each_names_itself()
    {
        await MakeAsync("both", """{"configmaps":"5","secrets":"1"}""");
        await MakeAsync("maps", """{"configmaps":"1","resourcequotas":"2"}""");
        Assert.Equal(201, await MapAsync("a"));
        var (_, refused) = await _server.PostAsync(Maps, """{"metadata":{"name":"b"}}""");
        Assert.Contains("exceeded quota: maps, requested: configmaps=1, used: configmaps=1, limited: configmaps=1", refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("1", await UsedAsync("both", "configmaps"));

        // The quotas themselves are counted too.
        Assert.Equal("2", await UsedAsync("maps", "resourcequotas"));
        Assert.Equal(403, (await _server.PostAsync(Quotas, Quota("third", """{"pods":"1"}"""))).Code);
    }

    [Fact]
    public async Task No_more_quotas_than_can_be_kept_in_step()
    {
        for (var i = 0; i < 5; i++) await MakeAsync($"q{i}", """{"configmaps":"10"}""");
        var (code, refused) = await _server.PostAsync(Quotas, Quota("q5", """{"configmaps":"10"}"""));
        Assert.Equal(403, code);
        Assert.Contains("more than 5 can't be kept in step", refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(201, await MapAsync("a"));
        for (var i = 0; i < 5; i++) Assert.Equal("1", await UsedAsync($"q{i}", "configmaps"));
    }

    [Fact]
    public async Task Volumes_take_their_size_and_must_say_it()
    {
        await MakeAsync("disks", """{"requests.storage":"3Gi","count/volumes.storage.rempart.dev":"5"}""");
        Assert.Equal(201, await VolumeAsync("a", "\"size\":\"1Gi\""));
        Assert.Equal("1Gi", await UsedAsync("disks", "requests.storage"));
        var (code, refused) = await _server.PostAsync(Volumes, """{"metadata":{"name":"b"},"spec":{"size":"2049Mi"}}""");
        Assert.Equal(403, code);
        Assert.EndsWith("exceeded quota: disks, requested: requests.storage=2049Mi, used: requests.storage=1Gi, limited: requests.storage=3Gi", refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
        (_, refused) = await _server.PostAsync(Volumes, """{"metadata":{"name":"b"},"spec":{"source":{"image":"debian"}}}""");
        Assert.EndsWith("failed quota: disks: must specify requests.storage", refused["message"]!.GetValue<string>(), StringComparison.Ordinal);

        // What grows is asked as well, and nothing is taken by what is refused.
        Assert.Equal(200, (await _server.PatchAsync(Volumes + "/a", """{"spec":{"size":"3Gi"}}""")).Code);
        Assert.Equal(403, (await _server.PatchAsync(Volumes + "/a", """{"spec":{"size":"4Gi"}}""")).Code);
        Assert.Equal("3Gi", await UsedAsync("disks", "requests.storage"));
        Assert.Equal("1", await UsedAsync("disks", "count/volumes.storage.rempart.dev"));
    }

    [Fact]
    public async Task Interfaces_take_an_address_each()
    {
        await MakeAsync("net", """{"network.rempart.dev/addresses":"1"}""");
        const string Nics = "/apis/network.rempart.dev/v1/namespaces/default/networkinterfaces";
        Assert.Equal(201, (await _server.PostAsync(Nics, """{"metadata":{"name":"a"},"spec":{"network":"default"}}""")).Code);
        var (code, refused) = await _server.PostAsync(Nics, """{"metadata":{"name":"b"},"spec":{"network":"default"}}""");
        Assert.Equal(403, code);
        Assert.Contains("requested: network.rempart.dev/addresses=1, used: network.rempart.dev/addresses=1", refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_used_is_nobodys_to_write()
    {
        await MakeAsync("maps", """{"configmaps":"1"}""");
        Assert.Equal(201, await MapAsync("a"));
        Assert.Equal(403, (await _server.PatchAsync(Quotas + "/maps/status", """{"status":{"used":{"configmaps":"0"}}}""")).Code);
        Assert.Equal(200, (await _server.PatchAsync(Quotas + "/maps", """{"status":{"used":{"configmaps":"0"}}}""")).Code);
        Assert.Equal("1", await UsedAsync("maps", "configmaps"));
        Assert.Equal(403, await MapAsync("b"));
    }

    [Theory]
    [InlineData("""{"hard":{"bananas":"1"}}""", "spec.hard[bananas]: Invalid value: \"bananas\": must be a standard resource for quotas")]
    [InlineData("""{"hard":{"configmaps":"-1"}}""", "spec.hard[configmaps]: Invalid value: \"-1\": must be greater than or equal to 0")]
    [InlineData("""{"hard":{"configmaps":"500m"}}""", "spec.hard[configmaps]: Invalid value: \"500m\": must be an integer")]
    [InlineData("""{"hard":{"pods":"1"},"scopes":["Nobody"]}""", "spec.scopes: Invalid value: \"Nobody\": unsupported scope")]
    [InlineData("""{"hard":{"pods":"1"},"scopes":["BestEffort","NotBestEffort"]}""", "conflicting scopes")]
    [InlineData("""{"hard":{"count/virtualmachines.compute.rempart.dev":"1"},"scopes":["Terminating"]}""", "unsupported scope applied to resource")]
    [InlineData("""{"hard":{"pods":"1"},"scopeSelector":{"matchExpressions":[{"scopeName":"PriorityClass","operator":"In"}]}}""", "must be atleast one value when `operator` is 'In' or 'NotIn' for scope selector")]
    public async Task A_quota_that_makes_no_sense_is_refused_with_the_field(string spec, string sentence)
    {
        var (code, refused) = await _server.PostAsync(Quotas, $$"""{"metadata":{"name":"q"},"spec":{{spec}} }""");
        Assert.Equal(422, code);
        Assert.Contains(sentence, refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_status_is_there_without_anybody_writing_anything_and_tables_show_it()
    {
        Assert.Equal(201, await MapAsync("a"));
        await MakeAsync("q", """{"configmaps":"1k","limits.cpu":"4","requests.memory":"8Gi"}""");
        var quota = await CountedAsync("q");
        Assert.Equal("""{"configmaps":"1","limits.cpu":"0","requests.memory":"0"}""", quota["status"]!["used"]!.ToJsonString());
        Assert.Equal("""{"configmaps":"1k","limits.cpu":"4","requests.memory":"8Gi"}""", quota["status"]!["hard"]!.ToJsonString());
    }

    private static string Quota(string name, string hard) => $$"""{"metadata":{"name":"{{name}}"},"spec":{"hard":{{hard}} } }""";

    private async Task MakeAsync(string name, string hard)
    {
        var (code, answer) = await _server.PostAsync(Quotas, Quota(name, hard));
        Assert.True(code == 201, answer.ToJsonString());
    }

    private async Task<int> MapAsync(string name) => (await _server.PostAsync(Maps, $$$"""{"metadata":{"name":"{{{name}}}"}}""")).Code;

    private async Task<int> VolumeAsync(string name, string spec) => (await _server.PostAsync(Volumes, $$"""{"metadata":{"name":"{{name}}"},"spec":{ {{spec}} } }""")).Code;

    private async Task<JsonObject> CountedAsync(string name)
    {
        for (var i = 0; i < 2000; i++)
        {
            var quota = (await _server.GetAsync($"{Quotas}/{name}")).Body;
            if (quota["status"]?["used"] is not null) return quota;
            await Task.Delay(5);
        }

        throw new TimeoutException($"quota `{name}` was never counted");
    }

    private async Task<string?> UsedAsync(string quota, string resource) => (await _server.GetAsync($"{Quotas}/{quota}")).Body["status"]?["used"]?[resource]?.GetValue<string>();
}
