using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Server.Bootstrap;
using Rempart.Server.Run;

namespace Rempart.Server.Tests;

/// <summary>Deletion with everything that takes part in it: kubectl, the API, the garbage collector and the namespace controller.</summary>
[Trait("level", "real")]
[Collection(WholeServers.Name)]
public sealed class CascadeTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rempart-cascade-");
    private readonly CancellationTokenSource _stop = new();
    private ServerProcess? _server;
    private Task _running = Task.CompletedTask;

    [Fact]
    public async Task Dependents_go_first_go_after_or_stay_as_kubectl_is_told()
    {
        await FamilyAsync("first");
        await KubectlAsync("""patch cm first-child --type=merge -p {\"metadata\":{\"finalizers\":[\"example.com/hold\"]}}""");
        await KubectlAsync("delete cm first --cascade=foreground --wait=false");
        await KubectlAsync("wait --for=jsonpath={.metadata.deletionTimestamp} cm/first-child --timeout=60s");
        Assert.Equal("foregroundDeletion", await KubectlAsync("get cm first -o jsonpath={.metadata.finalizers[*]}"));
        await KubectlAsync("""patch cm first-child --type=merge -p {\"metadata\":{\"finalizers\":null}}""");
        await KubectlAsync("wait --for=delete cm/first-child cm/first --timeout=60s");

        await FamilyAsync("after");
        await KubectlAsync("delete cm after --cascade=background");
        await KubectlAsync("wait --for=delete cm/after-child --timeout=60s");

        await FamilyAsync("stay");
        await KubectlAsync("delete cm stay --cascade=orphan");
        Assert.Equal("", await KubectlAsync("get cm stay-child -o jsonpath={.metadata.ownerReferences[*].name}"));
    }

    [Fact]
    public async Task A_namespace_says_what_it_waits_for_and_goes_with_it()
    {
        await KubectlAsync("create ns team");
        await KubectlAsync("create cm held -n team");
        await KubectlAsync("""patch cm held -n team --type=merge -p {\"metadata\":{\"finalizers\":[\"example.com/hold\"]}}""");
        await KubectlAsync("delete ns team --wait=false");
        await KubectlAsync("wait --for=condition=NamespaceFinalizersRemaining ns/team --timeout=60s");
        var text = await KubectlAsync("describe ns team");
        Assert.Matches(@"Status:\s+Terminating", text);
        Assert.Matches(@"NamespaceContentRemaining\s+True\s+.*SomeResourcesRemain\s+Some resources are remaining: configmaps. has 1 resource instances \(`held`\)", text);
        Assert.Contains("example.com/hold in 1 resource instances", text, StringComparison.Ordinal);
        await KubectlAsync("""patch cm held -n team --type=merge -p {\"metadata\":{\"finalizers\":null}}""");
        await KubectlAsync("wait --for=delete ns/team --timeout=60s");
    }

    [Fact]
    public async Task Every_project_has_a_default_account_whose_token_is_made_by_the_address_that_is_advertised()
    {
        await KubectlAsync("create ns crew");
        await KubectlAsync("wait --for=create sa/default -n crew --timeout=60s");
        await KubectlAsync("delete sa default -n crew");
        await KubectlAsync("wait --for=create sa/default -n crew --timeout=60s");
        var payload = (await KubectlAsync("create token default -n crew")).Split('.')[1];
        var claims = System.Text.Json.Nodes.JsonNode.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(payload))!;
        Assert.Equal("https://127.0.0.1:6443", (string?)claims["iss"]);
        await KubectlAsync("delete ns crew --wait=false");
        await KubectlAsync("wait --for=delete ns/crew --timeout=60s");
    }

    public async ValueTask InitializeAsync()
    {
        Assert.Equal(0, InitCommand.Run(["--data", Data, "--advertise", "https://127.0.0.1:6443"], TextWriter.Null, Console.Error, TimeProvider.System));
        _server = await ServerProcess.StartAsync(new RunSettings { Data = Data, Port = 0, Listen = [IPAddress.Loopback] }, TimeProvider.System, NullLoggerFactory.Instance, TestContext.Current.CancellationToken);
        _running = _server.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (_server is not null) await _server.DisposeAsync();
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Data => Path.Combine(_folder.FullName, "server");

    private async Task FamilyAsync(string name)
    {
        await KubectlAsync($"create cm {name}");
        var uid = await KubectlAsync($"get cm {name} -o jsonpath={{.metadata.uid}}");
        await KubectlAsync("apply -f -",
            $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}-child","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"{{{name}}}","uid":"{{{uid}}}","blockOwnerDeletion":true} ] } }""");
    }

    private async Task<string> KubectlAsync(string arguments, string input = "")
    {
        using var process = Process.Start(new ProcessStartInfo("kubectl", $"--kubeconfig {Data}/admin.kubeconfig --server {_server!.Addresses[0].AbsoluteUri.TrimEnd('/')} --cache-dir {_folder.FullName}/cache {arguments}")
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = _folder.FullName,
        })!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"kubectl {arguments} exited with {process.ExitCode}: {await error}{await output}");
        return await output;
    }
}
