using System.Diagnostics;

namespace Rempart.Cli.Terminal;

/// <summary>The terminal in raw mode until disposed. <c>stty</c> does it: it is part of every Debian and needs no system calls of ours.</summary>
internal sealed class RawTerminal : IDisposable
{
    private string? _saved;

    private RawTerminal(string? saved) => _saved = saved;

    /// <summary>True when standard input is a terminal and now raw.</summary>
    public bool IsActive => _saved is not null;

    /// <summary>Enters raw mode when standard input is a terminal.</summary>
    public static RawTerminal Enter()
    {
        if (Console.IsInputRedirected) return new RawTerminal(null);
        var saved = Stty("-g");
        if (saved is null) return new RawTerminal(null);
        Stty("raw", "-echo");
        return new RawTerminal(saved);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _saved, null) is { } saved) Stty(saved);
    }

    private static string? Stty(params string[] arguments)
    {
        // Standard input is inherited: stty sets the terminal that it reads from.
        using var process = Process.Start(new ProcessStartInfo("stty", arguments) { RedirectStandardOutput = true, UseShellExecute = false });
        if (process is null) return null;
        var text = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 ? text : null;
    }
}
