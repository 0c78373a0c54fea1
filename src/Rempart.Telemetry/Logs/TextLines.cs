using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Rempart.Telemetry.Logs;

/// <summary>The same for a person at a terminal, without what only programs look for.</summary>
internal sealed class TextLines(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "rempart-text";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var told = LogEvent.Of(logEntry, scopeProvider, time);
        textWriter.Write($"{told.Time} {told.Level,-8} {told.Source[(told.Source.LastIndexOf('.') + 1)..]}: {Safe(told.Message)}");
        if (told.Audit is { } audit) textWriter.Write($" [{Safe(audit)}]");
        textWriter.Write('\n');
        foreach (var line in told.Error?.Split('\n') ?? []) textWriter.Write($"    {Safe(line.TrimEnd('\r'))}\n");
    }

    // Names come from people and guests: none of them moves the cursor or begins a line.
    private static string Safe(string text) => text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? '\uFFFD' : c)) : text;
}
