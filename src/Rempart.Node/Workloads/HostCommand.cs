using System.Diagnostics;
using System.Text;

namespace Rempart.Node.Workloads;

/// <summary>Runs a short-lived program of the host with bounded output and time.</summary>
/// <param name="ExitCode">128 + signal when a signal ended it.</param>
/// <param name="Output">standard output, at most 4 MiB.</param>
/// <param name="Errors">standard error, at most 4 MiB.</param>
internal sealed record HostCommand(int ExitCode, string Output, string Errors)
{
    private const int MaxOutput = 4 << 20;
    private const int MaxToldErrors = 500;

    /// <param name="program">its path, or its name in PATH.</param>
    /// <param name="arguments">given as they are: there is no shell.</param>
    /// <param name="input">what it reads on its standard input; null for nothing.</param>
    /// <param name="limit">how long it may take.</param>
    /// <param name="time">clock of the limit.</param>
    /// <param name="cancellationToken">ends it.</param>
    /// <exception cref="WorkloadException">it can't be started, or did not end within <paramref name="limit"/> (it is then killed).</exception>
    internal static async Task<HostCommand> RunAsync(string program, IReadOnlyList<string> arguments, string? input, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // What they say is read here and by people who look it up.
        start.Environment["LC_ALL"] = "C";
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            throw new WorkloadException($"can't start `{program}`: {exception.Message}; is its package installed?", exception);
        }
        using var timer = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timer.Token);
        try
        {
            var output = ReadAsync(process.StandardOutput.BaseStream, either.Token);
            var errors = ReadAsync(process.StandardError.BaseStream, either.Token);
            await WriteAsync(process.StandardInput, input, either.Token);
            await process.WaitForExitAsync(either.Token);
            return new HostCommand(process.ExitCode, await output, await errors);
        }
        catch (OperationCanceledException exception)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            throw new WorkloadException($"`{program} {string.Join(' ', arguments)}` did not end within {limit.TotalSeconds:0} s and was killed", exception);
        }
    }

    /// <summary>The output of a program that must succeed.</summary>
    /// <exception cref="WorkloadException">it failed; the message holds what it said.</exception>
    internal static async Task<string> OutputAsync(string program, IReadOnlyList<string> arguments, string? input, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var result = await RunAsync(program, arguments, input, limit, time, cancellationToken);
        if (result.ExitCode == 0) return result.Output;
        var errors = result.Errors.Trim();
        throw new WorkloadException($"`{program} {string.Join(' ', arguments)}` failed with code {result.ExitCode}: {(errors.Length > MaxToldErrors ? errors[..MaxToldErrors] : errors)}");
    }

    /// <summary>The output of a program that must succeed and reads nothing.</summary>
    /// <exception cref="WorkloadException">it failed; the message holds what it said.</exception>
    internal static Task<string> OutputAsync(string program, IReadOnlyList<string> arguments, TimeSpan limit, TimeProvider time, CancellationToken cancellationToken) =>
        OutputAsync(program, arguments, input: null, limit, time, cancellationToken);

    private static async Task WriteAsync(StreamWriter standardInput, string? input, CancellationToken cancellationToken)
    {
        try
        {
            if (input is not null) await standardInput.WriteAsync(input.AsMemory(), cancellationToken);
            standardInput.Close();
        }
        catch (IOException)
        {
            // It has ended without reading: its code and its errors say why.
        }
    }

    private static async Task<string> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        using var kept = new MemoryStream();
        // What exceeds the bound is read and dropped, so that the program does not block.
        for (int count; (count = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
            await kept.WriteAsync(buffer.AsMemory(0, Math.Min(count, MaxOutput - (int)kept.Length)), cancellationToken);
        return Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
    }
}
