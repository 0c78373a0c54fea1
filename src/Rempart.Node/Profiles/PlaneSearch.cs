using System.Net;
using Rempart.Api.Infra;
using Rempart.Node.Hosts;

namespace Rempart.Node.Profiles;

/// <summary>Finds this host's address on each plane of its profile. Pure.</summary>
internal static class PlaneSearch
{
    /// <summary>The addresses, and what is not as the profile says.</summary>
    /// <param name="wanted">the profile's planes.</param>
    /// <param name="given">what the command line says; it counts, but for an address outside of the profile's prefix, which the server takes from nobody.</param>
    /// <param name="before">what was found last: an address stays the plane's for as long as it is there.</param>
    /// <param name="own">addresses of this host.</param>
    internal static (PlaneAddresses Planes, IReadOnlyList<ProfileFinding> Findings) Find(IReadOnlyList<ProfilePlane> wanted, PlaneAddresses given, PlaneAddresses before, IReadOnlyList<DeviceAddress> own)
    {
        var planes = given;
        var findings = new List<ProfileFinding>();
        foreach (var plane in wanted)
        {
            if (given.Find(plane.Name) is { } said)
            {
                if (!IsWithin(plane, said))
                {
                    planes = planes.Without(plane.Name);
                    findings.Add(new(ProfileFinding.PlaneOutsidePrefix, $"plane `{plane.Name}`: `--plane` of the agent says `{said}`, which is outside of `{plane.Prefix}`, so the host has no address on it: change one of both"));
                }
                else if (plane.Device is { } device && own.FirstOrDefault(each => each.Address.Equals(said)) is { } on && on.Device != device)
                {
                    findings.Add(new(ProfileFinding.PlaneDiffers, $"plane `{plane.Name}`: `--plane` of the agent says `{said}`, which is on `{on.Device}` and not on `{device}`; the command line counts: take `--plane {plane.Name}=…` away from it"));
                }

                continue;
            }

            var fitting = own.Where(each => (plane.Device is not { } device || each.Device == device) && IsWithin(plane, each.Address)).ToList();
            if (fitting.Find(each => each.Address.Equals(before.Find(plane.Name))) is { } same) planes = planes.With(plane.Name, same.Address);
            else if (fitting is [var first, ..]) planes = planes.With(plane.Name, first.Address);
            else findings.Add(new(ProfileFinding.PlaneMissing, Missing(plane, own)));
        }

        return (planes, findings);
    }

    private static bool IsWithin(ProfilePlane plane, IPAddress address) => plane.Prefix is not { } prefix || (IPNetwork.TryParse(prefix, out var network) && network.Contains(address));

    private static string Missing(ProfilePlane plane, IReadOnlyList<DeviceAddress> own)
    {
        var place = plane.Device is { } device ? $"`{device}`" : "this host";
        if (plane.Prefix is not { } prefix) return $"plane `{plane.Name}`: {place} has no address: give it one";
        var elsewhere = own.FirstOrDefault(each => IsWithin(plane, each.Address));
        return $"plane `{plane.Name}`: no address of {place} lies in `{prefix}`" + (elsewhere is null ? ": give it one" : $"; `{elsewhere.Address}` is on `{elsewhere.Device}`");
    }
}
