using System.Globalization;

namespace Rempart.Bench.Machines;

/// <summary>Times in conmon's log of a serial line.</summary>
internal static class ConsoleLog
{
    /// <summary>Null while the log has no whole line.</summary>
    internal static DateTimeOffset? FirstLineAt(string path)
    {
        try
        {
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
            // `2026-01-31T12:00:00.123456789+00:00 stdout P …`: nine digits are more than a time here can hold.
            if (reader.ReadLine()?.Split(' ')[0] is not { } stamp || stamp.IndexOf('.', StringComparison.Ordinal) is not (> 0 and var dot) || stamp.Length < dot + 16) return null;
            return DateTimeOffset.Parse(stamp[..(dot + 8)] + stamp[(dot + 10)..], CultureInfo.InvariantCulture);
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}
