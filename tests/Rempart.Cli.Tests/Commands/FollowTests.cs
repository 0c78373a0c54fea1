using System.CommandLine;
using Microsoft.AspNetCore.Http;
using Rempart.Cli.Tests.Http;

namespace Rempart.Cli.Tests.Commands;

public sealed class FollowTests
{
    private const string Machine = "/apis/compute.rempart.dev/v1/namespaces/default/virtualmachines/m";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_follows_an_object_goes_on_at_another_server_when_the_one_that_is_watched_dies()
    {
        await using var cluster = await FakeCluster.StartAsync("host1");
        cluster.Documents[Machine] = FakeCluster.Json("""{"metadata":{"name":"m","resourceVersion":"1"},"status":{"phase":"Pending"}}""");
        var watched = new TaskCompletionSource();
        cluster.First = async (place, context) =>
        {
            if (context.Request.Query["watch"] != "true") return false;
            if (place == 1) return true;
            await context.Response.StartAsync(context.RequestAborted);
            watched.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);
            return true;
        };
        var wait = RunAsync(cluster, "wait", "virtualmachine/m", "--for", "phase=Running", "--timeout", "60");
        await watched.Task.WaitAsync(TimeSpan.FromSeconds(30), Stop);
        cluster.Documents[Machine] = FakeCluster.Json("""{"metadata":{"name":"m","resourceVersion":"2"},"status":{"phase":"Running"}}""");
        await cluster[0].KillAsync();
        Assert.Equal((ExitCode.Ok, ""), await wait);
    }

    [Theory]
    [InlineData("{\"type\":\"MODIFIED\",\"obj", true)]
    [InlineData("{\"type\":\"MODIFIED\",\"obj", false)]
    [InlineData("", true)]
    public async Task A_watch_that_breaks_off_is_begun_again(string last, bool abort)
    {
        await using var cluster = await FakeCluster.StartAsync("host1");
        cluster.Documents[Machine] = FakeCluster.Json("""{"metadata":{"name":"m","resourceVersion":"1"},"status":{"phase":"Pending"}}""");
        var watches = 0;
        cluster.First = async (_, context) =>
        {
            if (context.Request.Query["watch"] != "true") return false;
            if (Interlocked.Increment(ref watches) == 3) cluster.Documents[Machine] = FakeCluster.Json("""{"metadata":{"name":"m","resourceVersion":"2"},"status":{"phase":"Running"}}""");
            await context.Response.WriteAsync(last, context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            if (abort) context.Abort();
            return true;
        };
        Assert.Equal((ExitCode.Ok, ""), await RunAsync(cluster, "wait", "virtualmachine/m", "--for", "phase=Running", "--timeout", "60"));
        Assert.Equal(3, watches);
    }

    [Fact]
    public async Task What_is_refused_is_not_asked_for_again()
    {
        await using var cluster = await FakeCluster.StartAsync("host1");
        cluster.First = (_, context) =>
        {
            if (context.Request.Path != Machine) return Task.FromResult(false);
            context.Response.StatusCode = 403;
            return Task.FromResult(true);
        };
        Assert.Equal(ExitCode.Denied, (await RunAsync(cluster, "wait", "virtualmachine/m", "--for", "phase=Running")).Code);
        Assert.Single(cluster.Requests, request => request == $"GET {Machine}");
    }

    private static async Task<(int Code, string Error)> RunAsync(FakeCluster cluster, params string[] line)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var code = await RootProgram.Build().Parse([.. line, "--kubeconfig", cluster.Kubeconfig]).InvokeAsync(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false }, Stop);
        return (code, error.ToString());
    }
}
