using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Rempart.Repo.Tests;

public sealed partial class ScriptTests
{
    [Fact]
    public async Task Every_script_is_one_that_bash_can_read()
    {
        List<string> refused = [];
        foreach (string script in Repository.Scripts)
        {
            (int code, string output) = await RunAsync("-n", Path.Combine(Repository.Root, script));
            if (code != 0) refused.Add($"{script}: {output}");
        }

        Repository.None("a script with a syntax error", refused);
    }

    [Fact]
    public async Task No_script_has_what_shellcheck_warns_of()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/shellcheck"), "no shellcheck");
        using Process check = Process.Start(new ProcessStartInfo("shellcheck", ["--severity=warning", "--format=gcc", .. Repository.Scripts])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        })!;
        string warnings = await check.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await check.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.True(check.ExitCode == 0 && warnings.Length == 0, warnings);
    }

    [Fact]
    public void The_labs_agents_may_do_what_an_instances_may()
    {
        string[] instance = [.. Capability().Matches(Between(Repository.Read("scripts/services.sh"), "NODE_CAPABILITIES=(", ")")).Select(match => match.Value).Order(StringComparer.Ordinal)];
        string[] lab = [.. Capability().Matches(Between(Repository.Read("tests/Rempart.Lab/Cluster/HostServices.cs"), "_capabilities =", "];")).Select(match => match.Value).Order(StringComparer.Ordinal)];

        Assert.Contains("net_bind_service", instance);
        Assert.Equal(instance, lab);
    }

    private static string Between(string text, string begin, string end)
    {
        int from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return text[from..text.IndexOf(end, from, StringComparison.Ordinal)];
    }

    [GeneratedRegex("[a-z]+(?:_[a-z]+)*", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Capability();

    [Fact]
    public async Task Dev_alone_explains_every_command()
    {
        (int code, string output) = await RunAsync(Path.Combine(Repository.Root, "dev"));

        Assert.Equal(0, code);
        string[] verbs = [.. Verb().Matches(Repository.Read("dev")).Select(match => match.Groups["verb"].Value)];
        Assert.NotEmpty(verbs);
        Repository.None("a command of `dev` that `dev` alone does not explain", verbs.Where(verb => !output.Contains($"./dev {verb}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Dev_refuses_a_command_it_does_not_know()
    {
        (int code, string output) = await RunAsync(Path.Combine(Repository.Root, "dev"), "nonsense");

        Assert.Equal(64, code);
        Assert.Contains("`nonsense`", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_unit_for_systemd_is_one_that_systemd_takes()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-analyze"), "no systemd-analyze");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("rempart-unit-");
        try
        {
            string home = Path.Combine(folder.FullName, "iabcdef");
            foreach (string program in new[] { "init/rempart-init", "node/rempart-node" })
            {
                string path = Path.Combine(home, "current", program);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllTextAsync(path, "#!/bin/sh\n", TestContext.Current.CancellationToken);
                File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }

            string unit = Path.Combine(folder.FullName, "rempart-iabcdef.service");
            string print = $"cd '{Repository.Root}'; ROOT=$PWD; source scripts/boot.sh; HOME_OF_INSTANCE={home} ID=iabcdef FIRST_UID=1000000000 DOTNET_ROOT=/usr/share/dotnet; print_unit >'{unit}'";
            (int code, string output) = await RunAsync("-c", $"set -eu; {print}; systemd-analyze verify '{unit}'");

            Assert.True(code == 0 && output.Trim().Length == 0, output);
            Assert.Contains($"ExecStart={home}/current/init/rempart-init run --data {home}", await File.ReadAllTextAsync(unit, TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Scripts_that_are_run_are_executable() =>
        Repository.None("a script that is run but is not executable", new[] { "dev", ".ci/run" }
            .Concat(Repository.Scripts.Where(script => script.StartsWith("images/", StringComparison.Ordinal) && script.EndsWith("/build.sh", StringComparison.Ordinal)))
            .Where(script => !File.GetUnixFileMode(Path.Combine(Repository.Root, script)).HasFlag(UnixFileMode.UserExecute)));

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        using Process bash = Process.Start(new ProcessStartInfo("bash", arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string text = await output + await errors;
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (bash.ExitCode, text);
    }

    [GeneratedRegex(@"^\s*(?<verb>[a-z]+)\)\s", RegexOptions.Multiline)]
    private static partial Regex Verb();
}
