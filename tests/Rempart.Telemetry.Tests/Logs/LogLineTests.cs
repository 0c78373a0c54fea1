using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Tracing;
using Rempart.Telemetry.Logs;
using Rempart.Telemetry.Tests.Traces;
using Rempart.Testing.Time;

namespace Rempart.Telemetry.Tests.Logs;

[Collection(TraceExporterTests.Name)]
public sealed partial class LogLineTests
{
    private const string Hostile = "web\n{\"level\":\"info\"}\u001b[2J\u202e\"";

    [Fact]
    public void A_line_is_one_json_object_whatever_a_name_holds()
    {
        var line = Written(new JsonLines(TimeProvider.System), logger => LogStart(logger, Hostile, 3, new IOException("disk\nfull")));
        Assert.Equal(line.Length - 1, line.IndexOf('\n', StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', line);
        using var json = JsonDocument.Parse(line);
        var root = json.RootElement;
        Assert.Equal(("warning", "test", "LogStart"), (Text(root, "level"), Text(root, "source"), Text(root, "event")));
        Assert.Equal($"machine {Hostile} tried 3 times", Text(root, "message"));
        Assert.Equal((Hostile, 3), (Text(root.GetProperty("fields"), "machine"), root.GetProperty("fields").GetProperty("times").GetInt32()));
        Assert.Contains("disk\nfull", Text(root, "error"), StringComparison.Ordinal);
        Assert.False(root.TryGetProperty("trace", out _));
    }

    [Fact]
    public void Audit_and_trace_are_told_wherever_they_are_known()
    {
        using var listener = new ActivityListener { ShouldListenTo = source => source.Name == "Rempart.LogTest", Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded };
        ActivitySource.AddActivityListener(listener);
        using var source = new ActivitySource("Rempart.LogTest");
        using var span = source.StartActivity("x", ActivityKind.Internal, MachineTrace.Of("0191d5c2-7b1e-4c3f-9a55-00c0ffee0001"));
        var line = Written(new JsonLines(TimeProvider.System), logger =>
        {
            using (logger.BeginScope(new Dictionary<string, object?>(StringComparer.Ordinal) { ["AuditId"] = "a-1" })) LogStart(logger, "web", 1, null);
        });
        using var json = JsonDocument.Parse(line);
        Assert.Equal(("a-1", "0191d5c27b1e4c3f9a5500c0ffee0001"), (Text(json.RootElement, "audit"), Text(json.RootElement, "trace")));

        line = Written(new JsonLines(TimeProvider.System), logger => LogAudited(logger, "a-2"));
        Assert.Contains("\"audit\":\"a-2\"", line, StringComparison.Ordinal);
        // What others make current is not ours to tell.
        using var stranger = new Activity("stranger").Start();
        Assert.DoesNotContain("\"trace\"", Written(new JsonLines(TimeProvider.System), logger => LogAudited(logger, "a-3")), StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_for_people_and_moves_no_cursor()
    {
        var line = Written(new TextLines(new ManualTime(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero))), logger => LogStart(logger, Hostile, 3, null));
        Assert.StartsWith("2026-01-31T12:00:00.000Z warning  test: machine web", line, StringComparison.Ordinal);
        Assert.Equal(1, line.Count(char.IsControl));
    }

    [Fact]
    public void A_line_has_a_bound()
    {
        var line = Written(new JsonLines(TimeProvider.System), logger => LogStart(logger, new string('x', 1_000_000), 1, new IOException(new string('y', 1_000_000))));
        Assert.InRange(line.Length, 20_000, 40_000);
    }

    [Theory]
    [InlineData("run --data x", "Information", true, "run --data x")]
    [InlineData("run --log-level debug --data x --log-format text", "Debug", false, "run --data x")]
    [InlineData("--log-level error run", "Error", true, "run")]
    public void Options_of_logging_are_taken_out_of_the_arguments(string arguments, string level, bool json, string rest)
    {
        var (settings, left) = LogSettings.Take(arguments.Split(' '), isTerminal: false);
        Assert.Equal((level, json, rest), (settings.Level.ToString(), settings.Json, string.Join(' ', left)));
        Assert.False(LogSettings.Take([], isTerminal: true).Settings.Json);
    }

    [Theory]
    [InlineData("run --log-level")]
    [InlineData("run --log-level loud")]
    [InlineData("run --log-format xml")]
    public void Wrong_ones_are_refused(string arguments) => Assert.Throws<FormatException>(() => LogSettings.Take(arguments.Split(' '), isTerminal: false));

    private static string Written(Microsoft.Extensions.Logging.Console.ConsoleFormatter formatter, Action<ILogger> log)
    {
        using var text = new StringWriter();
        log(new Recorder(formatter, text));
        return text.ToString();
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();

    [LoggerMessage(Level = LogLevel.Warning, Message = "machine {Machine} tried {Times} times")]
    private static partial void LogStart(ILogger logger, string machine, int times, Exception? exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "request {AuditId}")]
    private static partial void LogAudited(ILogger logger, string auditId);

    private sealed class Recorder(Microsoft.Extensions.Logging.Console.ConsoleFormatter formatter, TextWriter text) : ILogger
    {
        private readonly LoggerExternalScopeProvider _scopes = new();

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => _scopes.Push(state);

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter1) =>
            formatter.Write(new LogEntry<TState>(logLevel, "test", eventId, state, exception, formatter1), _scopes, text);
    }
}
