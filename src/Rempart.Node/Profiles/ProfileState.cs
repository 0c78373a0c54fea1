using Rempart.Api.Infra;

namespace Rempart.Node.Profiles;

/// <summary>How this host stands to its profile.</summary>
/// <param name="IsApplied">whether it is as the profile says.</param>
/// <param name="Reason">one word.</param>
/// <param name="Message">a sentence, or several.</param>
/// <param name="Generation">the profile's generation that was looked at.</param>
internal sealed record ProfileState(bool IsApplied, string Reason, string Message, long? Generation)
{
    private const int Longest = 1000;

    /// <summary>Folders of pools.</summary>
    public IReadOnlyList<HostPool>? Pools { get; init; }

    /// <summary>Physical networks.</summary>
    public IReadOnlyList<HostProviderNetwork>? ProviderNetworks { get; init; }

    internal static ProfileState Of(HostSpec told, IReadOnlyList<ProfileFinding> findings)
    {
        if (findings.Count == 0) return new(true, "Applied", $"the host is as profile `{told.Profile}` says", told.ProfileGeneration);
        var text = string.Join("; ", findings.Select(finding => finding.Message));
        return new(false, findings[0].Reason, text.Length > Longest ? text[..Longest] + "…" : text, told.ProfileGeneration);
    }
}
