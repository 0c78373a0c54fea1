namespace Rempart.ApiServer.Tests.Http;

[Trait("level", "real")]
public sealed class KubectlStoryTests : KubectlTests
{
    [Fact]
    public async Task An_object_is_applied_read_described_edited_patched_waited_for_and_deleted()
    {
        var file = Kubectl.Write("map.yaml", SmallMap);

        Assert.Contains("configmap/settings created", await Kubectl.RunAsync($"apply -f {file}"), StringComparison.Ordinal);
        Assert.Contains("configmap/settings unchanged", await Kubectl.RunAsync($"apply -f {file}"), StringComparison.Ordinal);
        Kubectl.Write("map.yaml", SmallMap.Replace("red", "blue", StringComparison.Ordinal));
        Assert.Contains("configmap/settings configured", await Kubectl.RunAsync($"apply -f {file}"), StringComparison.Ordinal);
        Assert.Equal("blue", await Kubectl.RunAsync("get cm settings -o jsonpath={.data.color}"));
        Assert.Matches(@"NAME\s+DATA\s+AGE\s+settings\s+1", await Kubectl.RunAsync("get configmaps -l app=web"));
        Assert.Contains("blue", await Kubectl.RunAsync("describe cm settings"), StringComparison.Ordinal);

        await Kubectl.RunAsync("edit cm settings", null, ("KUBE_EDITOR", "sed -i s/blue/green/"));
        Assert.Equal("green", await Kubectl.RunAsync("get cm settings -o jsonpath={.data.color}"));
        await Kubectl.RunAsync("""patch cm settings -p {\"data\":{\"size\":\"big\"}}""");
        await Kubectl.RunAsync("""patch cm settings --type=merge -p {\"data\":{\"color\":null}}""");
        await Kubectl.RunAsync("""patch cm settings --type=json -p [{\"op\":\"add\",\"path\":\"/data/weight\",\"value\":\"light\"}]""");
        Assert.Equal("""{"size":"big","weight":"light"}""", await Kubectl.RunAsync("get cm settings -o jsonpath={.data}"));
        await Kubectl.RunAsync("label cm settings app=db --overwrite");
        await Kubectl.RunAsync("annotate cm settings note=x");
        await Kubectl.RunAsync("wait --for=jsonpath={.data.weight}=light cm/settings --timeout=20s");
        Assert.Contains("deleted", await Kubectl.RunAsync("delete cm settings"), StringComparison.Ordinal);
        var (code, _, error) = await Kubectl.TryAsync("get cm settings");
        Assert.Equal(1, code);
        Assert.Contains("configmaps \"settings\" not found", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_prints_each_change()
    {
        using var watch = Kubectl.Start("get cm -w --no-headers");
        try
        {
            await Kubectl.RunAsync("create cm first --from-literal=a=b");
            Assert.StartsWith("first", await watch.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
            await Kubectl.RunAsync("""patch cm first -p {\"data\":{\"c\":\"d\"}}""");
            Assert.Matches(@"^first\s+2", await watch.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(30)) ?? "");
        }
        finally
        {
            watch.Kill();
        }
    }

    [Fact]
    public async Task What_is_served_can_be_discovered_and_asked_about()
    {
        var resources = await Kubectl.RunAsync("api-resources --no-headers");
        Assert.Matches(@"virtualmachines\s+vm\s+compute.rempart.dev/v1\s+true\s+VirtualMachine", resources);
        Assert.Matches(@"configmaps\s+cm\s+v1\s+true\s+ConfigMap", resources);
        Assert.Contains("compute.rempart.dev/v1", await Kubectl.RunAsync("api-versions"), StringComparison.Ordinal);
        Assert.Equal("yes", (await Kubectl.RunAsync("auth can-i create vm")).Trim());
        Assert.Contains("alice", await Kubectl.RunAsync("auth whoami"), StringComparison.Ordinal);
        Assert.Contains("v1.32", await Kubectl.RunAsync("version"), StringComparison.Ordinal);
        Assert.Matches(@"default\s+Active", await Kubectl.RunAsync("get ns"));
        Assert.Contains("No resources found", (await Kubectl.TryAsync("get pods")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_are_listed_and_described()
    {
        await Kubectl.RunAsync("create cm a");
        var (code, _) = await Server.PostAsync("/api/v1/namespaces/default/events",
            """{"metadata":{"name":"a.1"},"involvedObject":{"apiVersion":"v1","kind":"ConfigMap","namespace":"default","name":"a"},"type":"Normal","reason":"Seen","message":"it was seen","firstTimestamp":"2026-01-01T00:00:00Z","lastTimestamp":"2026-01-01T00:00:00Z","count":1}""");
        Assert.Equal(201, code);
        Assert.Contains("it was seen", await Kubectl.RunAsync("events"), StringComparison.Ordinal);
        Assert.Contains("it was seen", await Kubectl.RunAsync("events --for configmap/a"), StringComparison.Ordinal);
        Assert.Contains("it was seen", await Kubectl.RunAsync("get events --field-selector involvedObject.name=a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_are_written_as_text_and_sealed_in_the_store()
    {
        await Kubectl.RunAsync("apply -f -", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"},"stringData":{"password":"hunter2hunter2"}}""");
        Assert.Equal("hunter2hunter2", System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(await Kubectl.RunAsync("get secret s -o jsonpath={.data.password}"))));
        Assert.Contains("password:  14 bytes", await Kubectl.RunAsync("describe secret s"), StringComparison.Ordinal);
        var stored = await Server.Store.GetAsync("/registry/core/secrets/default/s", CancellationToken.None);
        Assert.DoesNotContain("hunter2", System.Text.Encoding.Latin1.GetString(stored!.Value.Span), StringComparison.Ordinal);
        Assert.DoesNotContain("aHVudGVyMm", System.Text.Encoding.Latin1.GetString(stored.Value.Span), StringComparison.Ordinal);
    }
}
