using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Api.Versions;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Skew;

/// <summary>
/// Refuses what can't be decided without the objects of kinds that only a newer server knows: the end of a namespace that holds some, and the garbage
/// collector's word that an object has no dependents left. Both are tried again, and done by whoever knows them.
/// </summary>
internal sealed class NewerKinds(UnknownObjects unknown) : IAdmissionPlugin
{
    private const string Collector = "system:controller:garbage-collector";
    private static readonly string[] Collected = ["foregroundDeletion", "orphan"];

    public string Name => VersionSkew.NewerKinds;

    public ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (unknown.IsEmpty || request is not { Operation: AdmissionOperation.Update, Object: { } next, Old: { } old }) return ValueTask.CompletedTask;
        if (request is { Kind: { Kind: "Namespace", Group: "" }, Subresource: "finalize" } && next["spec"]?["finalizers"] is not JsonArray { Count: > 0 } && unknown.KindsIn(request.Name) is { Count: > 0 } here)
            throw Refusal(request, $"it holds objects of kinds that this server does not know ({Named(here)})");
        if (request.Caller.Name == Collector && Finalizers(old.ToJson()).Except(Finalizers(next)).Intersect(Collected).Any())
            throw Refusal(request, $"whether it owns objects of kinds that this server does not know ({Named(unknown.Kinds)}) can't be told");
        return ValueTask.CompletedTask;
    }

    private static ApiException Refusal(AdmissionRequest request, string why)
    {
        var sentence = $"{why}: a newer server made them. It waits for a server of that version to run the controllers: finish the upgrade, or delete those objects there first";
        return Failures.Conflict(request.Kind, request.Name, sentence, [new StatusCause { Reason = VersionSkew.NewerKinds, Message = sentence }]);
    }

    private static string Named(IReadOnlyList<string> kinds) => string.Join(", ", kinds.Select(kind => $"`{kind}`"));

    private static IEnumerable<string> Finalizers(JsonObject document) => (document["metadata"]?["finalizers"] as JsonArray ?? []).Select(name => name!.GetValue<string>());
}
