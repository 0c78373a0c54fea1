using System.Globalization;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>
/// What the rounds of a page-checking guest, read from the consoles of all hosts, say of how many copies of it run; pure. In one life each round is
/// shown once, by one host: two copies show the same rounds.
/// </summary>
internal sealed class RoundBook
{
    private readonly Dictionary<long, string> _shownBy = [];

    /// <summary>How often the guest has begun, the first time included.</summary>
    public int Lives { get; private set; }

    /// <summary>Highest round of this life; 0 before it began.</summary>
    public long Last { get; private set; }

    /// <summary>Reads a line of a console.</summary>
    /// <returns>What is wrong; null for a line that is as it must be, or none of the checker's.</returns>
    public string? Read(string host, string line)
    {
        var words = line.Trim().Split(' ');
        if (words is ["B" or "D", ..]) return $"the guest has found something else than it wrote on {host}: {line.Trim()}";
        if (words is not ["T", var round, var pages, var blocks] || !long.TryParse(round, CultureInfo.InvariantCulture, out var number)) return null;
        if (number == 1)
        {
            // Begun anew, on the host where it was stopped or killed.
            _shownBy.Clear();
            (Lives, Last) = (Lives + 1, 0);
        }
        Last = Math.Max(Last, number);
        if (pages != "0" || blocks != "0") return $"round {number} on {host}: {pages} bad pages, {blocks} bad blocks";
        return _shownBy.TryAdd(number, host) ? null : $"round {number} was shown by {_shownBy[number]} and by {host}: two copies have run";
    }
}
