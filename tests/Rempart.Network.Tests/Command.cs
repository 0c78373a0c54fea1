using System.Diagnostics;

namespace Rempart.Network.Tests;

/// <summary>Runs a program in a network namespace.</summary>
internal static class Command
{
    internal static async Task<(int ExitCode, string Output)> TryAsync(string? ns, params string[] command)
    {
        string[] whole = ns is null ? command : ["nsenter", $"--net=/run/netns/{ns}", .. command];
        using var process = Process.Start(new ProcessStartInfo(whole[0], whole.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(90), TimeProvider.System);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
        return (process.ExitCode, await output + await error);
    }

    internal static async Task<string> RunAsync(string? ns, params string[] command)
    {
        var (exitCode, output) = await TryAsync(ns, command);
        return exitCode == 0 ? output : throw new InvalidOperationException($"`{string.Join(' ', command)}` in `{ns}` failed: {output}");
    }
}
