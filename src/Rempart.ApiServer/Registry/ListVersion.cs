using System.Globalization;

namespace Rempart.ApiServer.Registry;

/// <summary>Which state a list shows: the parameters resourceVersion, resourceVersionMatch and continue, and their allowed combinations.</summary>
internal sealed record ListVersion(string? ResourceVersion, string? Match, string? Continue)
{
    /// <summary>The part to go on with.</summary>
    public ContinueToken? Token => Continue is null ? null : ContinueToken.Parse(Continue);

    /// <summary>Exactly this revision.</summary>
    public long? Exact => Match == "Exact" ? Number(ResourceVersion) : null;

    /// <summary>This revision or a newer one; 0 for whatever is in memory.</summary>
    public long? AtLeast => Match == "Exact" || ResourceVersion is null ? null : Number(ResourceVersion);

    /// <summary>Refuses combinations that kube-apiserver refuses.</summary>
    public void Check()
    {
        if (Match is not (null or "Exact" or "NotOlderThan")) throw Failures.BadRequest($"resourceVersionMatch: Unsupported value: \"{Match}\": supported values: \"Exact\", \"NotOlderThan\"");
        if (Match is not null && Continue is not null) throw Failures.BadRequest("resourceVersionMatch is forbidden when continue is provided");
        if (Match is not null && ResourceVersion is null) throw Failures.BadRequest("resourceVersionMatch is forbidden unless resourceVersion is provided");
        if (Match == "Exact" && ResourceVersion == "0") throw Failures.BadRequest("resourceVersionMatch \"Exact\" is forbidden for resourceVersion \"0\"");
        if (Continue is not null && ResourceVersion is not (null or "0")) throw Failures.BadRequest("specifying resource version is not allowed when using continue");
    }

    public static long Number(string? version) =>
        long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Failures.BadRequest($"resourceVersion: Invalid value: \"{version}\": must be a whole number that this server gave");
}
