using Rempart.ApiServer.Tests.Http;
using static Rempart.ApiServer.Tests.Placement.PlacementWorld;

namespace Rempart.ApiServer.Tests.Placement;

public sealed class PlacementKindTests
{
    private const string Clusters = "/apis/infra.rempart.dev/v1/hostclusters";

    [Theory]
    [InlineData("""{"type":"Near","machines":{}}""", "spec.type")]
    [InlineData("""{"machines":{}}""", "spec.type")]
    [InlineData("""{"type":"Affinity"}""", "spec.machines")]
    [InlineData("""{"type":"Affinity","enforcement":"Maybe","machines":{}}""", "spec.enforcement")]
    [InlineData("""{"type":"Affinity","weight":5,"machines":{}}""", "spec.weight")]
    [InlineData("""{"type":"Affinity","enforcement":"Preferred","weight":101,"machines":{}}""", "spec.weight")]
    [InlineData("""{"type":"Affinity","machines":{"matchLabels":{"a b":"c"}}}""", "spec.machines.matchLabels")]
    [InlineData("""{"type":"Affinity","machines":{"matchExpressions":[{"key":"a","operator":"Like"}]}}""", "spec.machines.matchExpressions[0].operator")]
    [InlineData("""{"type":"Affinity","machines":{"matchExpressions":[{"key":"a","operator":"In"}]}}""", "spec.machines.matchExpressions[0].values")]
    [InlineData("""{"type":"Affinity","machines":{"matchExpressions":[{"key":"a","operator":"Exists","values":["x"]}]}}""", "spec.machines.matchExpressions[0].values")]
    [InlineData("""{"type":"Affinity","machines":{},"topologyKey":"no key"}""", "spec.topologyKey")]
    [InlineData("""{"type":"Affinity","machines":{},"hosts":{}}""", "spec.hosts")]
    [InlineData("""{"type":"Affinity","machines":{},"hosts":{"matchLabels":{"a":"b"}},"others":{}}""", "spec.others")]
    [InlineData("""{"type":"Affinity","machines":{},"hosts":{"matchLabels":{"a":"b"}},"topologyKey":"zone"}""", "spec.topologyKey")]
    [InlineData("""{"type":"Affinity","machines":{},"maxPerDomain":2}""", "spec.maxPerDomain")]
    [InlineData("""{"type":"Separation","machines":{},"maxPerDomain":0}""", "spec.maxPerDomain")]
    public async Task A_rule_that_does_not_say_one_thing_is_refused_with_the_field(string spec, string field)
    {
        await using var server = await TestServer.StartAsync();
        var (code, status) = await RuleAsync(server, "r", spec);
        Assert.Equal(422, code);
        Assert.Contains(field, status["details"]!["causes"]!.AsArray().Select(cause => cause!["field"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_selector_is_bounded()
    {
        await using var server = await TestServer.StartAsync();
        // Each bound as it is told, and one beyond it.
        await TakesAsync(16, Labels, "spec.machines.matchLabels");
        await TakesAsync(16, Expressions, "spec.machines.matchExpressions");
        await TakesAsync(64, Values, "spec.machines.matchExpressions[0].values");

        async Task TakesAsync(int most, Func<int, string> selector, string field)
        {
            var (code, rule) = await RuleAsync(server, $"r-{field.Length}", $$$"""{"type":"Affinity","machines":{{{selector(most)}}} }""");
            Assert.True(code == 201, rule.ToJsonString());
            (code, rule) = await RuleAsync(server, $"r-{field.Length}-more", $$$"""{"type":"Affinity","machines":{{{selector(most + 1)}}} }""");
            Assert.Equal(422, code);
            var cause = rule["details"]!["causes"]!.AsArray().Single()!;
            Assert.Equal((field, true), (cause["field"]!.GetValue<string>(), cause["message"]!.GetValue<string>().Contains($"must have at most {most} items", StringComparison.Ordinal)));
        }

        static string Labels(int count) => $$$"""{"matchLabels":{{{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"l{i}\":\"v\""))}}}} }""";
        static string Expressions(int count) => $$$"""{"matchExpressions":[{{{string.Join(',', Enumerable.Range(0, count).Select(i => $$"""{"key":"l{{i}}","operator":"Exists"}"""))}}}]}""";
        static string Values(int count) => $$$"""{"matchExpressions":[{"key":"l","operator":"In","values":[{{{string.Join(',', Enumerable.Range(0, count).Select(i => $"\"v{i}\""))}}}]}]}""";
    }

    [Fact]
    public async Task A_rule_gets_its_defaults_and_a_project_has_a_bounded_number()
    {
        await using var server = await TestServer.StartAsync();
        var (code, rule) = await RuleAsync(server, "r0", """{"type":"Separation","machines":{"matchLabels":{"app":"web"}}}""");
        Assert.Equal((201, "Required", "kubernetes.io/hostname"), (code, rule["spec"]!["enforcement"]!.GetValue<string>(), rule["spec"]!["topologyKey"]!.GetValue<string>()));
        (_, rule) = await RuleAsync(server, "r1", """{"type":"Affinity","enforcement":"Preferred","machines":{},"hosts":{"matchLabels":{"disk":"fast"}}}""");
        Assert.Equal((50, null), (rule["spec"]!["weight"]!.GetValue<int>(), rule["spec"]!["topologyKey"]));
        for (var i = 2; i < 64; i++) Assert.Equal(201, (await RuleAsync(server, $"r{i}", """{"type":"Separation","machines":{}}""")).Code);
        (code, rule) = await RuleAsync(server, "r64", """{"type":"Separation","machines":{}}""");
        Assert.Equal(403, code);
        Assert.Contains("has 64 placement rules, the most that it may have", Message(rule), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"overcommit":{"cpu":8,"memoryPercent":150}}""", 201)]
    [InlineData("{}", 201)]
    [InlineData("""{"overcommit":{"cpu":0}}""", 422)]
    [InlineData("""{"overcommit":{"cpu":65}}""", 422)]
    [InlineData("""{"overcommit":{"memoryPercent":99}}""", 422)]
    [InlineData("""{"overcommit":{"memoryPercent":201}}""", 422)]
    public async Task A_host_cluster_is_bounded(string spec, int expected)
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(expected, (await server.PostAsync(Clusters, $$$"""{"metadata":{"name":"east"},"spec":{{{spec}}}}""")).Code);
    }
}
