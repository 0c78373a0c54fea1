using System.CommandLine;
using Rempart.Cli.Commands;
using Rempart.Cli.Tests.Http;

namespace Rempart.Cli.Tests.Commands;

public sealed class NameCompletionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("rempart migrate ", "web,db")]
    [InlineData("rempart migrate w", "web")]
    [InlineData("rempart migrate web --to ", "host1,host2")]
    [InlineData("rempart why d", "db")]
    [InlineData("rempart host maintenance host", "host1,host2")]
    [InlineData("rempart node remove ", "host1,host2")]
    [InlineData("rempart vm stop web ", "db")]
    [InlineData("rempart describe mm ", "web-x7k2p")]
    [InlineData("rempart describe machinemigrations web-x7", "web-x7k2p")]
    [InlineData("rempart wait mm", "mm")]
    [InlineData("rempart get hostm", "hostmaintenances")]
    public async Task Names_are_those_of_the_cluster(string line, string offered)
    {
        await using var cluster = await StartAsync();
        var said = await CompleteAsync(cluster.Kubeconfig, line);
        foreach (var word in offered.Split(',')) Assert.Contains(word, said);
        Assert.DoesNotContain("elsewhere", said);
    }

    [Fact]
    public async Task A_word_that_is_complete_begins_no_other_kind_of_name()
    {
        await using var cluster = await StartAsync();
        var said = await CompleteAsync(cluster.Kubeconfig, "rempart describe mm ");
        Assert.DoesNotContain("web", said);
        Assert.DoesNotContain("hostmaintenances", said);
    }

    [Fact]
    public async Task Without_a_server_verbs_and_options_are_completed_and_nothing_else_is_said()
    {
        Assert.Contains("--bandwidth", await CompleteAsync("/nonexistent", "rempart migrate --ba"));
        Assert.Contains("maintenance", await CompleteAsync("/nonexistent", "rempart host main"));
        await using var cluster = await StartAsync();
        cluster.First = (_, context) =>
        {
            context.Response.StatusCode = 403;
            return Task.FromResult(true);
        };
        Assert.DoesNotContain("web", await CompleteAsync(cluster.Kubeconfig, "rempart migrate "));
    }

    private static async Task<FakeCluster> StartAsync()
    {
        var cluster = await FakeCluster.StartAsync("host1", "host2");
        cluster.Documents["/apis/compute.rempart.dev/v1/namespaces/default/virtualmachines"] = FakeCluster.Json("""{"items":[{"metadata":{"name":"web"}},{"metadata":{"name":"db"}}]}""");
        cluster.Documents["/apis/compute.rempart.dev/v1/namespaces/default/machinemigrations"] = FakeCluster.Json("""{"items":[{"metadata":{"name":"web-x7k2p"}}]}""");
        cluster.Documents[FakeCluster.Machines] = FakeCluster.Json("""{"items":[{"metadata":{"name":"elsewhere"}}]}""");
        return cluster;
    }

    // As the scripts of `rempart completion` ask.
    private static async Task<string[]> CompleteAsync(string kubeconfig, string line)
    {
        await using var output = new StringWriter();
        line = line.Replace("rempart ", $"rempart --kubeconfig {kubeconfig} ", StringComparison.Ordinal);
        string[] args = [$"[suggest:{line.Length}]", line];
        var root = RootProgram.Build();
        await NameCompletion.FillAsync(root, args, Stop);
        await root.Parse(args).InvokeAsync(new InvocationConfiguration { Output = output, EnableDefaultExceptionHandler = false }, Stop);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
