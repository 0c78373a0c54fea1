using System.Globalization;
using Rempart.Store.Transfer;

namespace Rempart.Server.Stores;

/// <summary>A bar for people who look on: only on a terminal, and only once something takes longer than a second.</summary>
internal sealed class ProgressLine(TextWriter errors, bool isTerminal, TimeProvider time) : IProgress<TransferProgress>, IDisposable
{
    private const int Width = 30;
    private static readonly TimeSpan _first = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(100);
    private readonly long _began = time.GetTimestamp();
    private TimeSpan _shown;
    private bool _isOpen;

    public void Report(TransferProgress value)
    {
        var now = time.GetElapsedTime(_began);
        if (!isTerminal || now < _first || now - _shown < _interval) return;
        (_shown, _isOpen) = (now, true);
        errors.Write($"\r{Line(value)}");
    }

    /// <summary>The line, e.g. <c>copying [#####     ] 50,000 of 100,000</c>.</summary>
    public static string Line(TransferProgress value)
    {
        var full = value.Total > 0 ? (int)(Math.Min(value.Done, value.Total) * Width / value.Total) : Width;
        return string.Create(CultureInfo.InvariantCulture, $"{value.Step} [{new string('#', full)}{new string(' ', Width - full)}] {value.Done:N0} of {value.Total:N0}");
    }

    public void Dispose()
    {
        if (_isOpen) errors.WriteLine();
    }
}
