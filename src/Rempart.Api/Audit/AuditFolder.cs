using System.Globalization;

namespace Rempart.Api.Audit;

/// <summary>The files of a trail: <c>000001.log</c>, <c>000002.log</c>, … in one folder, of which the last one grows.</summary>
public static class AuditFolder
{
    /// <summary>The files in the order of their numbers; what has another kind of name is none of them.</summary>
    public static IReadOnlyList<string> Files(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.log").Where(file => Number(file) > 0).OrderBy(Number)];

    /// <summary>Path of a file by its number, from 1.</summary>
    public static string File(string folder, int number) =>
        Path.Combine(folder, number.ToString("D6", CultureInfo.InvariantCulture) + ".log");

    /// <summary>Names of the files that should be before the last one and are not there, at most 100 of them.</summary>
    public static IReadOnlyList<string> Lost(string folder)
    {
        var there = Files(folder).Select(Number).ToList();
        return there.Count == 0 ? [] : [.. Enumerable.Range(1, there[^1]).Except(there).Take(100).Select(number => Path.GetFileName(File(folder, number)))];
    }

    /// <summary>Number of a file; 0 if it is none.</summary>
    public static int Number(string file) =>
        int.TryParse(Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    /// <summary>
    /// The ended lines of a file without their line feeds. What follows the last line feed is being written or was cut by a crash and is
    /// no record yet, so a trail can be verified while it grows. A line longer than <see cref="AuditLine.MaxBytes"/> comes in pieces,
    /// none of which is a record. Each line's memory is good until the next is read.
    /// </summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Lines(string file) => Read(Open(file), rest: false);

    /// <summary>The same of a file that is open; it is disposed of.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> Lines(Stream file) => Read(file, rest: false);

    /// <summary>The lines of a file and what follows the last line feed, if anything does.</summary>
    public static IEnumerable<ReadOnlyMemory<byte>> LinesAndRest(string file) => Read(Open(file), rest: true);

    private static FileStream Open(string file) => new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);

    private static IEnumerable<ReadOnlyMemory<byte>> Read(Stream file, bool rest)
    {
        using var stream = file;
        var buffer = new byte[AuditLine.MaxBytes + 1];
        var filled = 0;
        while (true)
        {
            var read = stream.Read(buffer, filled, buffer.Length - filled);
            filled += read;
            var start = 0;
            while (buffer.AsSpan(start, filled - start).IndexOf((byte)'\n') is >= 0 and var length)
            {
                yield return buffer.AsMemory(start, length);
                start += length + 1;
            }

            if (read == 0 || (start == 0 && filled == buffer.Length))
            {
                if (filled > start && (rest || read > 0 || filled == buffer.Length))
                {
                    yield return buffer.AsMemory(start, filled - start);
                }

                if (read == 0)
                {
                    yield break;
                }

                start = filled;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
        }
    }
}
