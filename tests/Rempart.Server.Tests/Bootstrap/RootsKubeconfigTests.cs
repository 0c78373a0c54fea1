using System.Diagnostics;
using Rempart.Server.Bootstrap;

namespace Rempart.Server.Tests.Bootstrap;

/// <summary>`scripts/kubeconfig.sh`: what root takes over of a kubeconfig that the server's unprivileged user wrote.</summary>
public sealed class RootsKubeconfigTests
{
    private const string Url = "https://127.0.0.1:6443";
    private static readonly string Written = new Kubeconfig(new Uri(Url), "authority", "admin", "certificate", "key").ToYaml();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_server_writes_comes_out_the_same()
    {
        var (code, text, _) = await RebuildAsync(Written);

        Assert.Equal(0, code);
        Assert.Equal(Written.TrimEnd(), text.TrimEnd());
    }

    [Theory]
    [InlineData("    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: /bin/sh\n      interactiveMode: Never\n")]
    [InlineData("    tokenFile: /etc/shadow\n")]
    [InlineData("    auth-provider: { name: gcp, config: { cmd-path: /bin/sh } }\n")]
    [InlineData("---\nclusters: []\n")]
    public async Task Whatever_else_is_in_it_stays_behind(string planted)
    {
        var (code, text, _) = await RebuildAsync(Written.TrimEnd() + "\n" + planted);

        Assert.Equal(0, code);
        Assert.Equal(Written.TrimEnd(), text.TrimEnd());
    }

    [Fact]
    public async Task Server_and_user_are_roots_own_words()
    {
        var (_, text, _) = await RebuildAsync(Written.Replace(Url, "https://elsewhere.example", StringComparison.Ordinal).Replace("user: admin@", "user: other@", StringComparison.Ordinal));

        Assert.Equal(Written.TrimEnd(), text.TrimEnd());
    }

    [Theory]
    [InlineData("client-key-data: a2V5", "client-key-data: a2V5\n    client-key-data: a2V5")]
    [InlineData("client-key-data: a2V5", "client-key-data: \"a2V5\"")]
    [InlineData("client-key-data: a2V5", "client-key-data: a2V5 # $(id)")]
    [InlineData("client-key-data: a2V5", "client-key: /etc/shadow")]
    public async Task A_value_that_is_missing_double_or_no_base64_is_refused(string was, string becomes)
    {
        var (code, text, errors) = await RebuildAsync(Written.Replace(was, becomes, StringComparison.Ordinal));

        Assert.NotEqual(0, code);
        Assert.Empty(text);
        Assert.Contains("`client-key-data`", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_instances_have_no_name_in_common_so_that_their_files_can_be_merged()
    {
        var (_, first, _) = await RebuildAsync(Written, "rempart-i000001");
        var (_, second, _) = await RebuildAsync(Written, "rempart-i000002");

        var names = Names(first);
        Assert.Equal(3, names.Count);
        Assert.Empty(names.Intersect(Names(second), StringComparer.Ordinal));
    }

    private static List<string> Names(string kubeconfig) => [.. kubeconfig.Split('\n').Where(line => line.StartsWith("- name: ", StringComparison.Ordinal))];

    private static async Task<(int Code, string Text, string Errors)> RebuildAsync(string input, string cluster = "rempart")
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "rempart.slnx"))) folder = folder.Parent!;
        using var shell = Process.Start(new ProcessStartInfo("/bin/bash", ["-euo", "pipefail", "-c", "source scripts/kubeconfig.sh; rebuild_kubeconfig \"$@\"", "bash", Url, "admin", cluster])
        {
            UseShellExecute = false,
            WorkingDirectory = folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await shell.StandardInput.WriteAsync(input.AsMemory(), Cancellation);
        shell.StandardInput.Close();
        var errors = shell.StandardError.ReadToEndAsync(Cancellation);
        var text = await shell.StandardOutput.ReadToEndAsync(Cancellation);
        await shell.WaitForExitAsync(Cancellation);
        return (shell.ExitCode, text, await errors);
    }
}
