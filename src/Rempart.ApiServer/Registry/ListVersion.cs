using System.Globalization;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Registry;

/// <summary>Which state a list or a watch shows: the parameters that say so and their allowed combinations (k8s.io/apimachinery ValidateListOptions).</summary>
internal sealed record ListVersion(string? ResourceVersion, string? Match, string? Continue)
{
    private const string MatchField = "resourceVersionMatch";
    private const string NotOlderThan = "NotOlderThan";

    /// <summary>The latest state.</summary>
    public static ListVersion Latest { get; } = new(null, null, null);

    /// <summary>Whether a watch is to begin with what is there; null when nothing is said.</summary>
    public bool? SendInitialEvents { get; init; }

    /// <summary>The part to go on with.</summary>
    public ContinueToken? Token => Continue is null ? null : ContinueToken.Parse(Continue);

    /// <summary>The number of the version; null when none is given.</summary>
    public long? Version => ResourceVersion is null ? null : Number(ResourceVersion);

    /// <summary>The revision that a list must show and no other. A limited list from a version on means that version, as it did before there was a match.</summary>
    /// <param name="limited">Whether the list has a limit.</param>
    public long? Exact(bool limited) => Match == "Exact" || (Match is null && limited && ResourceVersion is not "0") ? Version : null;

    /// <summary>Refuses combinations of a list that kube-apiserver refuses.</summary>
    /// <exception cref="ApiException">422 with each, or 400.</exception>
    public void CheckList()
    {
        var errors = new FieldErrors();
        if (Match is not null)
        {
            if (ResourceVersion is null) errors.Forbidden(MatchField, "resourceVersionMatch is forbidden unless resourceVersion is provided");
            if (Continue is not null) errors.Forbidden(MatchField, "resourceVersionMatch is forbidden when continue is provided");
            if (Match is not ("Exact" or NotOlderThan)) errors.NotSupported(MatchField, Match, "Exact", NotOlderThan, "");
            if (Match == "Exact" && Version == 0) errors.Forbidden(MatchField, "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        }

        if (SendInitialEvents is not null) errors.Forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list");
        Failures.ThrowIfAny("ListOptions", errors);
        if (Token is not null && Version is not (null or 0)) throw Failures.BadRequest("specifying resource version is not allowed when using continue");
    }

    /// <summary>Refuses combinations of a watch that kube-apiserver refuses.</summary>
    /// <exception cref="ApiException">422 with each.</exception>
    public void CheckWatch()
    {
        var errors = new FieldErrors();
        if (SendInitialEvents is not null && Match != NotOlderThan) errors.Forbidden(MatchField, "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan");
        if (Match is not null)
        {
            if (SendInitialEvents is null) errors.Forbidden(MatchField, "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided");
            if (Match != NotOlderThan) errors.NotSupported(MatchField, Match, NotOlderThan);
            if (Continue is not null) errors.Forbidden(MatchField, "resourceVersionMatch is forbidden when continue is provided");
        }

        Failures.ThrowIfAny("ListOptions", errors);
    }

    /// <summary>Reads a resourceVersion.</summary>
    /// <exception cref="ApiException">400: it is none.</exception>
    public static long Number(string version) =>
        long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Failures.BadRequest($"invalid resource version: resourceVersion: Invalid value: \"{version}\": must be a whole number that this server gave");
}
