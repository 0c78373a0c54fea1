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
