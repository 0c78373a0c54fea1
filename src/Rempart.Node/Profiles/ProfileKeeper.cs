using System.Net.NetworkInformation;
using Rempart.Api.Infra;
using Rempart.Node.Hosts;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Events;

namespace Rempart.Node.Profiles;

/// <summary>
/// Makes this host as its profile says, at each look, and says in what it differs. Used by one loop; <see cref="Planes"/> may be read by others.
/// </summary>
/// <param name="given">planes of the command line: they count before the profile's.</param>
/// <param name="kept">what this host was told last.</param>
internal sealed class ProfileKeeper(PlaneAddresses given, HostSpecFile kept)
{
    private HostSpec? _told;
    private ProfileState? _state;
    private volatile PlaneAddresses? _planes;

    /// <summary>The host's addresses on the planes, as they are now.</summary>
    public PlaneAddresses Planes => _planes ?? given;

    /// <summary>Addresses of this host.</summary>
    public Func<IReadOnlyList<DeviceAddress>> Addresses { get; init; } = DeviceAddress.All;

    /// <summary>Told of what becomes of the profile, when that changes.</summary>
    public Action<EventSeverity, string, string> Said { get; set; } = (_, _, _) => { };

    /// <summary>Knows what an earlier agent was told. Before anything else; what can't be looked at yet is looked at later.</summary>
    internal void Restore()
    {
        _told = kept.Read();
        if (_told is null) return;
        try
        {
            FindPlanes(_told);
        }
        catch (NetworkInformationException)
        {
            // A device went while they were listed: the first look finds them.
        }
    }

    /// <summary>One look.</summary>
    /// <param name="told">how the host should be; null for a host without a profile: then what was made stays, and nothing is said of it.</param>
    /// <param name="cancellationToken">ends it.</param>
    /// <returns>null without a profile.</returns>
    internal Task<ProfileState?> KeepAsync(HostSpec? told, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (told is null ? _told is not null : _told is null || !StatusWriter.SameJson(told, _told)) kept.Write(told);
        _told = told;
        if (told is null)
        {
            (_planes, _state) = (null, null);
            return Task.FromResult<ProfileState?>(null);
        }

        List<ProfileFinding> findings = [.. FindPlanes(told)];
        foreach (var (part, count) in new[] { ("bonds", told.Bonds?.Count), ("pools", told.Pools?.Count), ("providerNetworks", told.ProviderNetworks?.Count) })
        {
            if (count > 0) findings.Add(new("NotSupported", $"this agent does not look after `{part}`: upgrade it"));
        }

        var state = ProfileState.Of(told, findings);
        if (state.IsApplied != _state?.IsApplied || state.Message != _state.Message)
            Said(state.IsApplied ? EventSeverity.Normal : EventSeverity.Warning, state.IsApplied ? "ProfileApplied" : $"Profile{state.Reason}", state.Message);
        _state = state;
        return Task.FromResult<ProfileState?>(state);
    }

    private IReadOnlyList<ProfileFinding> FindPlanes(HostSpec told)
    {
        var (planes, findings) = PlaneSearch.Find(told.Planes ?? [], given, Planes, Addresses());
        _planes = planes;
        return findings;
    }
}
