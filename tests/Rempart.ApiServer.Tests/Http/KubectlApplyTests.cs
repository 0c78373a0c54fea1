namespace Rempart.ApiServer.Tests.Http;

/// <summary>Server-side apply as people use it.</summary>
[Trait("level", "real")]
public sealed class KubectlApplyTests : KubectlTests
{
    private const string Map = SmallMap + "\n  size: big";

    [Fact]
    public async Task An_object_is_applied_fought_over_taken_and_given_up()
    {
        var file = Kubectl.Write("map.yaml", Map);
        Assert.Contains("configmap/settings serverside-applied", await Kubectl.RunAsync($"apply --server-side -f {file}"), StringComparison.Ordinal);
        Assert.Contains("configmap/settings serverside-applied", await Kubectl.RunAsync($"apply --server-side -f {file}"), StringComparison.Ordinal);
        await Kubectl.RunAsync("""patch cm settings --type=merge --field-manager=painter -p {\"data\":{\"color\":\"blue\"}}""");

        var (code, _, error) = await Kubectl.TryAsync($"apply --server-side -f {file}");
        Assert.Equal(1, code);
        Assert.Contains("Apply failed with 1 conflict: conflict with \"painter\" using v1: .data.color", error, StringComparison.Ordinal);
        Assert.Contains("--force-conflicts", error, StringComparison.Ordinal);
        await Kubectl.RunAsync($"apply --server-side --force-conflicts -f {file}");
        Assert.Equal("red", await Kubectl.RunAsync("get cm settings -o jsonpath={.data.color}"));

        Kubectl.Write("map.yaml", Map.Replace("\n  size: big", "", StringComparison.Ordinal));
        await Kubectl.RunAsync($"apply --server-side -f {file}");
        Assert.Equal("""{"color":"red"}""", await Kubectl.RunAsync("get cm settings -o jsonpath={.data}"));
        var shown = await Kubectl.RunAsync("get cm settings -o yaml --show-managed-fields");
        Assert.Contains("manager: kubectl\n", shown, StringComparison.Ordinal);
        Assert.Contains("operation: Apply", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("managedFields", await Kubectl.RunAsync("get cm settings -o yaml"), StringComparison.Ordinal);

        var second = Kubectl.Write("second.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {weight: light}\n");
        await Kubectl.RunAsync($"apply --server-side --field-manager=scales -f {second}");
        Assert.Equal("""{"color":"red","weight":"light"}""", await Kubectl.RunAsync("get cm settings -o jsonpath={.data}"));
    }

    [Fact]
    public async Task Client_side_apply_goes_over_to_server_side_apply_and_back()
    {
        var file = Kubectl.Write("map.yaml", Map);
        await Kubectl.RunAsync($"apply -f {file}");
        Assert.Contains("manager: kubectl-client-side-apply", await Kubectl.RunAsync("get cm settings -o yaml --show-managed-fields"), StringComparison.Ordinal);

        Kubectl.Write("map.yaml", Map.Replace("red", "blue", StringComparison.Ordinal).Replace("\n  size: big", "", StringComparison.Ordinal));
        await Kubectl.RunAsync($"apply --server-side -f {file}");
        Assert.Equal("""{"color":"blue"}""", await Kubectl.RunAsync("get cm settings -o jsonpath={.data}"));
        var owners = await Kubectl.RunAsync("get cm settings -o yaml --show-managed-fields");
        Assert.DoesNotContain("kubectl-client-side-apply", owners, StringComparison.Ordinal);

        await Kubectl.RunAsync("edit cm settings", null, ("KUBE_EDITOR", "sed -i /:.blue$/s/blue/green/"));
        Assert.Equal("green", await Kubectl.RunAsync("get cm settings -o jsonpath={.data.color}"));
        Assert.Contains("kubectl-edit", (await Kubectl.TryAsync($"apply --server-side -f {file}")).Error, StringComparison.Ordinal);
        Kubectl.Write("map.yaml", Map.Replace("red", "white", StringComparison.Ordinal));
        await Kubectl.RunAsync($"apply -f {file}");
        Assert.Equal("""{"color":"white","size":"big"}""", await Kubectl.RunAsync("get cm settings -o jsonpath={.data}"));
    }

    [Fact]
    public async Task What_an_apply_would_change_is_shown_and_not_done()
    {
        var file = Kubectl.Write("map.yaml", Map);
        await Kubectl.RunAsync($"apply --server-side --dry-run=server -f {file}");
        Assert.Equal(1, (await Kubectl.TryAsync("get cm settings")).Code);
        await Kubectl.RunAsync($"apply --server-side -f {file}");
        Assert.Equal("", await Kubectl.RunAsync($"diff --server-side -f {file}"));
        Kubectl.Write("map.yaml", Map.Replace("red", "blue", StringComparison.Ordinal));
        var (code, difference, error) = await Kubectl.TryAsync($"diff --server-side -f {file}");
        Assert.True(code == 1, error);
        Assert.Contains("+  color: blue", difference, StringComparison.Ordinal);
        Assert.Equal("red", await Kubectl.RunAsync("get cm settings -o jsonpath={.data.color}"));
    }

    [Fact]
    public async Task What_is_applied_no_more_is_pruned()
    {
        var both = Kubectl.Write("both.yaml", Map + "\n---\n" + Map.Replace("name: settings", "name: more", StringComparison.Ordinal));
        var one = Kubectl.Write("one.yaml", Map);
        await Kubectl.RunAsync($"apply -f {both} --prune -l app=web --prune-allowlist=core/v1/ConfigMap");
        Assert.Contains("configmap/more pruned", await Kubectl.RunAsync($"apply -f {one} --prune -l app=web --prune-allowlist=core/v1/ConfigMap"), StringComparison.Ordinal);
        Assert.Equal(1, (await Kubectl.TryAsync("get cm more")).Code);
    }

    [Fact]
    public async Task One_of_our_kinds_is_applied_by_two_who_own_a_label_each()
    {
        static string Group(string rules) => $"apiVersion: network.rempart.dev/v1\nkind: SecurityGroup\nmetadata: {{name: web, labels: {{{rules}}}}}\nspec: {{}}\n";
        var one = Kubectl.Write("one.yaml", Group("a: \"1\""));
        var two = Kubectl.Write("two.yaml", Group("b: \"2\""));
        await Kubectl.RunAsync($"apply --server-side -f {one}");
        await Kubectl.RunAsync($"apply --server-side --field-manager=two -f {two}");
        Assert.Equal("""{"a":"1","b":"2"}""", await Kubectl.RunAsync("get sg web -o jsonpath={.metadata.labels}"));
        Assert.Contains("unknown field \"sizes\"", (await Kubectl.TryAsync("apply --server-side --validate=false -f -", Map.Replace("\ndata:", "\nsizes:", StringComparison.Ordinal))).Error, StringComparison.Ordinal);
    }
}
