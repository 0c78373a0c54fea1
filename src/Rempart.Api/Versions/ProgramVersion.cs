using System.Globalization;
using System.Reflection;

namespace Rempart.Api.Versions;

/// <summary>Version of Rempart's programs, <c>MAJOR.MINOR.PATCH</c>. What two programs may expect of each other depends on the first two.</summary>
/// <param name="Major">Rises when something goes that was served.</param>
/// <param name="Minor">Rises when something is new.</param>
/// <param name="Patch">Rises when something is mended.</param>
public sealed record ProgramVersion(int Major, int Minor, int Patch)
{
    private const int Longest = 64;

    /// <summary>Of the programs that this code is part of: all of a build have the same.</summary>
    public static ProgramVersion Own { get; } = typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>() is { } version && TryParse(version.InformationalVersion, out var own)
        ? own : throw new System.Diagnostics.UnreachableException("this build has no version");

    /// <summary>Reads <c>1.2.3</c>, with or without a <c>v</c> before it and <c>-label</c> or <c>+build</c> behind.</summary>
    /// <param name="text">From a peer, so possibly anything.</param>
    /// <param name="version">The version.</param>
    public static bool TryParse(string? text, out ProgramVersion version)
    {
        version = new(0, 0, 0);
        if (text is not { Length: > 0 and <= Longest }) return false;
        if (text.TrimStart('v').Split('-', '+')[0].Split('.') is not [var major, var minor, var patch] || !Number(major, out var first) || !Number(minor, out var second) || !Number(patch, out var third)) return false;
        version = new(first, second, third);
        return true;
    }

    /// <summary>How many steps of an upgrade lie between: minor versions, of which the last of a major version is followed by the next one's <c>.0</c>. What is further apart than can be told counts as two.</summary>
    /// <param name="other">Another version.</param>
    public int StepsTo(ProgramVersion other)
    {
        if (Major == other.Major) return Math.Abs(Minor - other.Minor);
        var (older, newer) = Major < other.Major ? (this, other) : (other, this);
        return newer.Major - older.Major == 1 && newer.Minor == 0 ? 1 : 2;
    }

    /// <summary>Whether this one has things that the other one does not know.</summary>
    /// <param name="other">Another version.</param>
    public bool IsNewerThan(ProgramVersion other) => Major != other.Major ? Major > other.Major : Minor > other.Minor;

    /// <summary><c>1.2.3</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}.{Patch}");

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
