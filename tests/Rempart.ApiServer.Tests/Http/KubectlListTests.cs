namespace Rempart.ApiServer.Tests.Http;

/// <summary>What kubectl does with lists, watches and deletions.</summary>
[Trait("level", "real")]
public sealed class KubectlListTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Lists_come_in_parts_by_selectors_and_in_every_form()
    {
        await using var server = await TestServer.StartAsync();
        using var kubectl = new KubectlShell(server);
        for (var i = 10; i < 30; i++) await server.PostAsync("/api/v1/namespaces/default/configmaps", $$$$"""{"metadata":{"name":"m{{{{i}}}}","labels":{"n":"{{{{i}}}}","odd":"{{{{i % 2}}}}"}}}""");
        var names = Enumerable.Range(10, 20).Select(i => $"configmap/m{i}").ToArray();
        Assert.Equal(names, Lines(await kubectl.RunAsync("get cm --chunk-size=3 -o name")));
        Assert.Equal(20, Lines(await kubectl.RunAsync("get cm --chunk-size=7 --no-headers")).Length);
        Assert.Equal(20, Lines(await kubectl.RunAsync("get cm --chunk-size=0 --no-headers")).Length);
        Assert.Equal(["configmap/m11", "configmap/m13"], Lines(await kubectl.RunAsync("get cm -o name -l odd=1,n<15")));
        Assert.Equal(["configmap/m12", "configmap/m29"], Lines(await kubectl.RunAsync("""get cm -o name -l "n in (12,29),odd,!gone" """)));
        Assert.Equal(["configmap/m12"], Lines(await kubectl.RunAsync("get cm -o name --field-selector metadata.name=m12")));
        Assert.Matches(@"NAMESPACE\s+NAME\s+DATA\s+AGE\s+LABELS\s+default\s+m12\s+0\s+\S+\s+n=12,odd=0", await kubectl.RunAsync("get cm -A --show-labels --field-selector metadata.name=m12"));
        Assert.Equal("m10", Lines(await kubectl.RunAsync("get cm --sort-by=.metadata.name -o custom-columns=N:.metadata.name --no-headers"))[0]);
        var (code, _, error) = await kubectl.TryAsync("get cm --field-selector data.x=y");
        Assert.Equal(1, code);
        Assert.Contains("\"data.x\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_of_one_object_shows_it_until_it_is_gone()
    {
        await using var server = await TestServer.StartAsync();
        using var kubectl = new KubectlShell(server);
        await kubectl.RunAsync("create cm a");
        using var watch = kubectl.Start("get cm a -w --output-watch-events");
        try
        {
            Assert.Matches(@"EVENT\s+NAME\s+DATA\s+AGE", await watch.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? "");
            Assert.Matches(@"ADDED\s+a\s+0", await watch.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? "");
            await kubectl.RunAsync("create cm b");
            await kubectl.RunAsync("""patch cm a -p {\"data\":{\"c\":\"d\"}}""");
            Assert.Matches(@"MODIFIED\s+a\s+1", await watch.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? "");
            await kubectl.RunAsync("delete cm a");
            Assert.Matches(@"DELETED\s+a\s+1", await watch.StandardOutput.ReadLineAsync().WaitAsync(Patience) ?? "");
        }
        finally
        {
            watch.Kill();
        }
    }

    [Theory]
    [InlineData("background", "")]
    [InlineData("foreground", "foregroundDeletion")]
    [InlineData("orphan", "orphan")]
    public async Task Deletion_says_what_becomes_of_dependents(string cascade, string finalizer)
    {
        await using var server = await TestServer.StartAsync();
        using var kubectl = new KubectlShell(server);
        await kubectl.RunAsync("create cm a");
        await kubectl.RunAsync("""patch cm a -p {\"metadata\":{\"finalizers\":[\"example.com/hold\"]}}""");
        Assert.Contains("configmap \"a\" deleted", await kubectl.RunAsync($"delete cm a --wait=false --cascade={cascade}"), StringComparison.Ordinal);
        Assert.Equal(string.Join(' ', ((string[])["example.com/hold", finalizer]).Where(f => f.Length > 0)), await kubectl.RunAsync("get cm a -o jsonpath={.metadata.finalizers[*]}"));
        var waited = kubectl.RunAsync("wait --for=delete cm/a --timeout=60s");
        Assert.Contains("timed out waiting for the condition", (await kubectl.TryAsync("wait --for=delete cm/a --timeout=1s")).Error, StringComparison.Ordinal);
        await kubectl.RunAsync("""patch cm a --type=merge -p {\"metadata\":{\"finalizers\":null}}""");
        Assert.Contains("configmap/a condition met", await waited, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_are_deleted_by_selector_or_all_and_on_trial_none()
    {
        await using var server = await TestServer.StartAsync();
        using var kubectl = new KubectlShell(server);
        foreach (var name in (string[])["a", "b", "c"]) await kubectl.RunAsync($"create cm {name}");
        await kubectl.RunAsync("label cm a b x=y");
        Assert.Contains("configmap \"a\" deleted (server dry run)", await kubectl.RunAsync("delete cm -l x=y --dry-run=server"), StringComparison.Ordinal);
        Assert.Equal(["configmap/a", "configmap/b", "configmap/c"], Lines(await kubectl.RunAsync("get cm -o name")));
        await kubectl.RunAsync("delete cm -l x=y");
        Assert.Equal(["configmap/c"], Lines(await kubectl.RunAsync("get cm -o name")));
        await kubectl.RunAsync("delete cm --all");
        Assert.Contains("No resources found", (await kubectl.TryAsync("get cm")).Error, StringComparison.Ordinal);
        Assert.Equal("", await kubectl.RunAsync("delete cm a --ignore-not-found"));
    }

    [Fact]
    public async Task Raw_paths_are_read_with_their_refusals()
    {
        await using var server = await TestServer.StartAsync();
        using var kubectl = new KubectlShell(server);
        Assert.Contains("\"remainingItemCount\":", await kubectl.RunAsync("get --raw /api/v1/namespaces?limit=1"), StringComparison.Ordinal);
        var (code, _, error) = await kubectl.TryAsync("get --raw /api/v1/namespaces?resourceVersionMatch=Exact");
        Assert.Equal(1, code);
        Assert.Contains("resourceVersionMatch is forbidden unless resourceVersion is provided", error, StringComparison.Ordinal);
    }

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
