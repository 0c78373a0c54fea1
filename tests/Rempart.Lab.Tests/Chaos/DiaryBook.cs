using System.Globalization;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>
/// What the diaries on the disks of all hosts say of how many copies of a guest have written; pure. A move brings the entries of its source to the
/// target as they are, so one round of one life is the same wherever it is found; two copies that run write it with two clocks.
/// </summary>
internal sealed class DiaryBook
{
    private readonly Dictionary<(ulong Life, ulong Round), (ulong Clock, string Host)> _entries = [];

    /// <summary>How many rounds were found, of all lives.</summary>
    public int Count => _entries.Count;

    /// <summary>Reads an entry of a host's file.</summary>
    /// <returns>What is wrong; null when nothing is.</returns>
    public string? Read(string host, DiaryEntry entry)
    {
        var key = (entry.Life, entry.Round);
        if (_entries.TryAdd(key, (entry.Clock, host)) || _entries[key] is var (clock, other) && clock == entry.Clock) return null;
        return string.Create(CultureInfo.InvariantCulture, $"round {entry.Round} is on the disks of {_entries[key].Host} and of {host}, written at two times: two copies have written");
    }
}
