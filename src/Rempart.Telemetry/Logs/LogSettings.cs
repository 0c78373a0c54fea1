using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

namespace Rempart.Telemetry.Logs;

/// <summary>How a program logs: one line an event to its standard output.</summary>
/// <param name="Level">Least level that is written.</param>
/// <param name="Json">JSON for programs; else text for people.</param>
public sealed record LogSettings(LogLevel Level, bool Json)
{
    /// <summary>The options, for help texts.</summary>
    public const string Usage = "[--log-level debug|info|warning|error] [--log-format json|text]";

    /// <summary>Takes the options of logging out of a program's arguments.</summary>
    /// <param name="arguments">All arguments.</param>
    /// <param name="isTerminal">Whether somebody looks on: text then, unless told otherwise.</param>
    /// <returns>The settings, and the arguments that are left.</returns>
    /// <exception cref="FormatException">An option is wrong; the message says how.</exception>
    public static (LogSettings Settings, string[] Others) Take(IReadOnlyList<string> arguments, bool isTerminal)
    {
        var settings = new LogSettings(LogLevel.Information, !isTerminal);
        var rest = new List<string>(arguments.Count);
        for (var i = 0; i < arguments.Count; i++)
        {
            if (arguments[i] is not ("--log-level" or "--log-format"))
            {
                rest.Add(arguments[i]);
                continue;
            }
            var value = i + 1 < arguments.Count ? arguments[i + 1] : throw new FormatException($"`{arguments[i]}` lacks its value");
            settings = (arguments[i++], value) switch
            {
                ("--log-level", "debug") => settings with { Level = LogLevel.Debug },
                ("--log-level", "info") => settings with { Level = LogLevel.Information },
                ("--log-level", "warning") => settings with { Level = LogLevel.Warning },
                ("--log-level", "error") => settings with { Level = LogLevel.Error },
                ("--log-format", "json") => settings with { Json = true },
                ("--log-format", "text") => settings with { Json = false },
                _ => throw new FormatException($"`{value}` is not known here: {Usage}"),
            };
        }
        return (settings, [.. rest]);
    }

    /// <summary>The program's loggers.</summary>
    public ILoggerFactory CreateFactory() => LoggerFactory.Create(builder =>
    {
        builder.SetMinimumLevel(Level).AddFilter("Microsoft", Level > LogLevel.Warning ? Level : LogLevel.Warning);
        builder.Services.AddSingleton<ConsoleFormatter>(Json ? new JsonLines(TimeProvider.System) : new TextLines(TimeProvider.System));
        builder.AddConsole(console => console.FormatterName = Json ? JsonLines.FormatterName : TextLines.FormatterName);
    });
}
