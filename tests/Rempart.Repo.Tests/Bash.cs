using System.Diagnostics;

namespace Rempart.Repo.Tests;

/// <summary>Runs what scripts/ defines.</summary>
internal static class Bash
{
    /// <summary>Exit code and all output of a script that has the functions of the named files of scripts/, its own state in <paramref name="root"/> (the checkout when null).</summary>
    public static async Task<(int Code, string Output)> RunAsync(string[] sources, string script, string? root = null)
    {
        string whole = $"set -euo pipefail; cd '{Repository.Root}'; ROOT='{root ?? Repository.Root}'; for file in {string.Join(' ', sources)}; do source scripts/$file.sh; done; cd \"$ROOT\"; {script}";
        using Process bash = Process.Start(new ProcessStartInfo("bash", ["-c", whole]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> output = bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string text = await output + await errors;
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (bash.ExitCode, text);
    }
}
