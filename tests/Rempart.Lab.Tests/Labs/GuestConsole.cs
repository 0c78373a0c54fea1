using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Rempart.Lab.Tests.Labs;

/// <summary>The shell on a micro guest's serial console, by `rempart console`, as a person has it.</summary>
/// <param name="lab">where the machine runs.</param>
/// <param name="machine">its name in the project `default`.</param>
internal sealed class GuestConsole(LabCluster lab, string machine)
{
    private const int MostOutput = 1 << 20;
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(20);

    /// <summary>Types a command.</summary>
    /// <param name="command">one line of the guest's shell.</param>
    /// <param name="cancellationToken">gives up.</param>
    /// <returns>what was on the console until the command was done, the echo of what was typed included; null when that was not seen within 20 s.</returns>
    internal async Task<string?> TypeAsync(string command, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_limit);
        var (half, other) = (Random.Shared.Next(1000, 9999), Random.Shared.Next(1000, 9999));
        var end = string.Create(CultureInfo.InvariantCulture, $"done-{half + other}.");
        var start = new ProcessStartInfo(lab.Cli, ["console", machine, "-n", "default"]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var (name, value) in lab.Environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(limit.Token);
            // The sum is the shell's: what was typed comes back too, and must not be taken for it.
            await process.StandardInput.WriteAsync($"\n{command}\necho done-$(({half}+{other})).\n".AsMemory(), limit.Token);
            await process.StandardInput.FlushAsync(limit.Token);
            var text = new StringBuilder();
            var buffer = new char[8192];
            while (text.Length < MostOutput)
            {
                var read = await process.StandardOutput.ReadAsync(buffer, limit.Token);
                if (read == 0) return null;
                text.Append(buffer, 0, read);
                if (text.ToString() is var seen && seen.Contains(end, StringComparison.Ordinal)) return seen.Replace("\r", "", StringComparison.Ordinal);
            }
            return null;
        }
        catch (Exception failure) when (failure is IOException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
