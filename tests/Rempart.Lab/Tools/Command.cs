using System.Diagnostics;
using System.Text;

namespace Rempart.Lab.Tools;

/// <summary>Runs the machine's programs.</summary>
internal static class Command
{
    private const int MostOutput = 4 << 20;
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);

    /// <returns>what it wrote to its standard output.</returns>
    /// <exception cref="LabException">it can't be started, failed, or did not end within two minutes; the message has what it said.</exception>
    internal static async Task<string> RunAsync(IReadOnlyList<string> command, string? input, CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? environment = null)
    {
        var (code, output, errors) = await TryAsync(command, input, cancellationToken, environment);
        return code == 0 ? output : throw new LabException($"`{Shown(command)}` ended with {code}: {(errors.Length > 0 ? errors : output).Trim()}");
    }

    /// <returns>how it ended, and what it wrote.</returns>
    internal static async Task<(int Code, string Output, string Errors)> TryAsync(IReadOnlyList<string> command, string? input, CancellationToken cancellationToken, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var limit = new CancellationTokenSource(_limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        Process process;
        try
        {
            process = Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception missing)
        {
            throw new LabException($"`{command[0]}` can't be started: {missing.Message}", missing);
        }
        using (process)
        {
            try
            {
                var (output, errors) = (ReadAsync(process.StandardOutput, either.Token), ReadAsync(process.StandardError, either.Token));
                await WriteAsync(process.StandardInput, input);
                await process.WaitForExitAsync(either.Token);
                return (process.ExitCode, await output, await errors);
            }
            catch (OperationCanceledException late)
            {
                if (!process.HasExited) process.Kill(entireProcessTree: true);
                if (cancellationToken.IsCancellationRequested) throw;
                throw new LabException($"`{Shown(command)}` has not ended within {_limit.TotalMinutes} min", late);
            }
        }
    }

    private static async Task WriteAsync(StreamWriter writer, string? input)
    {
        try
        {
            if (input is not null) await writer.WriteAsync(input);
            writer.Close();
        }
        catch (IOException)
        {
            // It ended without reading; how it ended says why.
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[8192];
        for (int read; (read = await reader.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            if (text.Length < MostOutput) text.Append(buffer, 0, read);
        }
        return text.ToString();
    }

    // Scripts are long, and tokens are never arguments.
    private static string Shown(IReadOnlyList<string> command) => string.Join(' ', command.Select(word => word.Length > 80 || word.Contains('\n', StringComparison.Ordinal) ? "…" : word));
}
