using System.Diagnostics;

namespace Rempart.Node.Networks;

/// <summary>Runs the host's own configuration programs (`ip`, `nft`, `ovsdb-tool`, …), without a shell.</summary>
internal static class HostCommand
{
    private const int MaxOutputChars = 4 * 1024 * 1024;
    private const int MaxErrorChars = 500;
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(30);

    /// <returns>what it wrote to its standard output.</returns>
    /// <exception cref="NetworkSetupException">it is missing, failed, or did not end within 30 s.</exception>
    internal static async Task<string> RunAsync(IReadOnlyList<string> command, string? input, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["LC_ALL"] = "C";
        using var limit = new CancellationTokenSource(_limit, TimeProvider.System);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        using var process = Start(start);
        try
        {
            var output = ReadAsync(process.StandardOutput, both.Token);
            var error = ReadAsync(process.StandardError, both.Token);
            if (input is not null) await process.StandardInput.WriteAsync(input.AsMemory(), both.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(both.Token);
            if (process.ExitCode == 0) return await output;
            var text = (await error).Trim();
            throw new NetworkSetupException($"`{string.Join(' ', command)}` failed: {(text.Length > MaxErrorChars ? text[..MaxErrorChars] : text)}");
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            cancellation.ThrowIfCancellationRequested();
            throw new NetworkSetupException($"`{string.Join(' ', command)}` did not end within {_limit.TotalSeconds} s", exception);
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new NetworkSetupException($"`{start.FileName}` could not be started: {exception.Message}; is its package installed?", exception);
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellation)
    {
        var text = new System.Text.StringBuilder();
        var buffer = new char[4096];
        for (int count; (count = await reader.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (text.Length < MaxOutputChars) text.Append(buffer, 0, count);
        }
        return text.ToString();
    }
}
