using System.Net.NetworkInformation;
using Rempart.Api.Infra;
using Rempart.Node.Bonds;
using Rempart.Node.Hosts;
using Rempart.Node.Networks;
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

    /// <summary>Makes bonds.</summary>
    public BondKeeper? Bonds { get; init; }

    /// <summary>Gives pools their folders.</summary>
    public PoolKeeper? Pools { get; set; }

    /// <summary>Gives the switch its physical networks.</summary>
    public ProviderBridges? Providers { get; set; }

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
    internal async Task<ProfileState?> KeepAsync(HostSpec? told, CancellationToken cancellationToken)
    {
        if (told is null ? _told is not null : _told is null || !StatusWriter.SameJson(told, _told)) kept.Write(told);
        _told = told;
        if (told is null)
        {
            (_planes, _state) = (null, null);
            return null;
        }

        // Bonds first: planes are found where their addresses went.
        List<ProfileFinding> findings = [.. Bonds is null ? [] : await Bonds.KeepAsync(told, cancellationToken)];
        findings.AddRange(FindPlanes(told));
        (IReadOnlyList<HostProviderNetwork> Networks, IReadOnlyList<ProfileFinding> Findings)? providers = Providers is null ? null : await Providers.KeepAsync(told.ProviderNetworks ?? [], cancellationToken);
        findings.AddRange(providers?.Findings ?? []);
        var pools = Pools?.Keep(told.Pools ?? []);
        findings.AddRange(pools?.Findings ?? []);
        var state = ProfileState.Of(told, findings) with { Pools = pools?.Pools, ProviderNetworks = providers?.Networks };
        if (state.IsApplied != _state?.IsApplied || state.Message != _state.Message)
            Said(state.IsApplied ? EventSeverity.Normal : EventSeverity.Warning, state.IsApplied ? "ProfileApplied" : $"Profile{state.Reason}", state.Message);
        _state = state;
        return state;
    }

    private IReadOnlyList<ProfileFinding> FindPlanes(HostSpec told)
    {
        var (planes, findings) = PlaneSearch.Find(told.Planes ?? [], given, Planes, Addresses());
        _planes = planes;
        return findings;
    }
}
