using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authorization;

/// <summary>
/// Owners decide on the end of objects, and what they own on theirs (Kubernetes' OwnerReferencesPermissionEnforcement): who changes
/// the owners of an object must be allowed to delete it, and who lets it block an owner's deletion to set finalizers there.
/// </summary>
/// <param name="authorizer">Asked for those rights.</param>
internal sealed class OwnerReferenceAdmission(IAuthorizer authorizer) : IAdmissionPlugin
{
    /// <inheritdoc/>
    public string Name => "OwnerReferencesPermissionEnforcement";

    /// <inheritdoc/>
    public async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Object is not { } document) return;
        var next = document["metadata"]?["ownerReferences"] as JsonArray;
        if (next is not { Count: > 0 } && request.Old?.Document.Span.IndexOf("\"ownerReferences\""u8) is null or < 0) return;
        var before = request.Old?.ToJson()["metadata"]?["ownerReferences"] as JsonArray;
        if (JsonNode.DeepEquals(next, before)) return;
        if (request.Operation != AdmissionOperation.Create && await RefusedAsync(request, "delete", request.Kind, null, request.Name, cancellationToken) is { } why)
        {
            throw Failures.Forbidden(request.Kind, request.Name, $"cannot set an ownerRef on a resource you can't delete: {why}");
        }

        var blocked = Blocking(before).ToHashSet(StringComparer.Ordinal);
        foreach (var owner in (next ?? []).OfType<JsonObject>().Where(owner => Blocks(owner) && !blocked.Contains(owner.Text("uid") ?? ""))) await CheckAsync(request, owner, cancellationToken);
    }

    private async ValueTask CheckAsync(AdmissionRequest request, JsonObject owner, CancellationToken cancellationToken)
    {
        var (version, name, word) = (owner.Text("apiVersion"), owner.Text("name") ?? "", owner.Text("kind"));
        var kind = ApiKinds.All.FirstOrDefault(known => !known.Virtual && known.Kind == word && known.ApiVersion == version)
            ?? throw Failures.Forbidden(request.Kind, request.Name, $"cannot set blockOwnerDeletion in this case because there is no kind `{word}` in `{version}`");
        if (await RefusedAsync(request, "update", kind, "finalizers", name, cancellationToken) is not { } why) return;
        // Who may update an object sets its finalizers as well, whatever the right on the subresource says.
        if (await RefusedAsync(request, "update", kind, null, name, cancellationToken) is null) return;
        throw Failures.Forbidden(request.Kind, request.Name, $"cannot set blockOwnerDeletion if an ownerReference refers to a resource you can't set finalizers on: {why}");
    }

    private async ValueTask<string?> RefusedAsync(AdmissionRequest request, string verb, KindInfo kind, string? subresource, string name, CancellationToken cancellationToken)
    {
        var decision = await authorizer.AuthorizeAsync(
            new AccessRequest { Caller = request.Caller, Verb = verb, Group = kind.Group, Resource = kind.Plural, Subresource = subresource, Namespace = kind.Namespaced ? request.Namespace : null, Name = name }, cancellationToken);
        return decision.Allowed ? null : decision.Reason;
    }

    private static IEnumerable<string> Blocking(JsonArray? owners) => (owners ?? []).OfType<JsonObject>().Where(Blocks).Select(owner => owner.Text("uid") ?? "");

    private static bool Blocks(JsonObject owner) => owner["blockOwnerDeletion"] is JsonValue value && value.TryGetValue<bool>(out var blocks) && blocks;
}
