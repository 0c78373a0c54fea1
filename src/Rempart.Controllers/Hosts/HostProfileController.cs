using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Policy.Hosts;
using Rempart.Runtime;
using Rempart.Runtime.Conditions;
using Rempart.Runtime.Controllers;

namespace Rempart.Controllers.Hosts;

/// <summary>
/// Tells each host which profile counts for it, and of each profile what became of it. A host reads its own Host and no profile: what others are told is none of its
/// business, and the choice is made in one place, by labels that a host can't set. Keys are hosts, those with <see cref="Profiles"/> before them profiles.
/// </summary>
internal sealed class HostProfileController(ControllerContext context) : IReconciler
{
    /// <summary>Stands where the namespace of a key stands; hosts and profiles have none.</summary>
    private const string Profiles = "hostprofiles";

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec
        {
            Name = "host-profile",
            Reads =
            [
                ControllerInput.Of<Node>((node, _) => [new ResourceKey(null, node.Metadata.Name!)]),
                ControllerInput.Of<Host>((host, caches) => [ResourceKey.Of(host), .. caches.Of<HostProfile>().List().Select(profile => new ResourceKey(Profiles, profile.Metadata.Name!))]),
                // Which hosts it selected is not kept: all look, and most find nothing new.
                ControllerInput.Of<HostProfile>((profile, caches) => [new ResourceKey(Profiles, profile.Metadata.Name!), .. caches.Of<Host>().List().Select(ResourceKey.Of)]),
            ],
            Writes = [ControllerOutput.Of<Host>("spec"), ControllerOutput.Of<HostProfile>("status")],
        },
        context => new HostProfileController(context));

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (key.Namespace == Profiles) await ReportAsync(key.Name, cancellationToken);
        else await TellAsync(key.Name, cancellationToken);
        return ReconcileResult.Done;
    }

    private async Task TellAsync(string name, CancellationToken cancellationToken)
    {
        if (context.Cache<Host>().Get(new(null, name)) is not { } host || context.Cache<Node>().Get(new(null, name)) is not { } node) return;
        var wanted = ProfileChoice.Of(context.Cache<HostProfile>().List(), node) is { } profile ? ProfileChoice.Told(profile) : null;
        if (wanted is null ? host.Spec is null : host.Spec is { } told && StatusWriter.SameJson(told, wanted)) return;
        // As a whole: a list that the profile does not have any more must go. The version goes along, because two of these would be mixed.
        var changed = host with { Spec = wanted };
        try
        {
            await context.Client.UpdateAsync(changed, cancellationToken);
        }
        catch (ApiException gone) when (gone.Code == 404)
        {
            // Its Node is being removed.
        }
    }

    private async Task ReportAsync(string name, CancellationToken cancellationToken)
    {
        if (context.Cache<HostProfile>().Get(new(null, name)) is not { } profile) return;
        var selected = context.Cache<Node>().List().Where(node => ProfileChoice.Selects(profile, node)).Select(node => node.Metadata.Name!).ToHashSet(StringComparer.Ordinal);
        var hosts = context.Cache<Host>().List().Where(host => host.Spec?.Profile == name || selected.Contains(host.Metadata.Name!)).ToList();
        await context.Client.ChangeStatusAsync(profile, current => current with { Status = ProfileReport.Of(current, hosts, context.Time.GetUtcNow()) }, cancellationToken);
    }
}
