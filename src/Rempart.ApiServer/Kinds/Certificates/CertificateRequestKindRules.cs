using System.Text.Json.Nodes;
using Rempart.Api.Certificates;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Certificates;

/// <summary>Rules of CertificateSigningRequests: who asks is written by the server, decisions go through <c>approval</c>.</summary>
internal sealed class CertificateRequestKindRules : TypedKindRules<CertificateSigningRequest>
{
    private const int LongestRequest = 32 * 1024;
    private static readonly string[] AboutCaller = ["username", "uid", "groups", "extra"];

    public override IReadOnlyList<SubresourceInfo> Subresources => [new("approval", "CertificateSigningRequest", ["get", "patch", "update"])];

    public override void PrepareForCreate(JsonObject document, WriteCall call)
    {
        if (document["spec"] is not JsonObject spec) return;
        foreach (var field in AboutCaller) spec.Remove(field);
        spec["username"] = call.Caller.Name;
        spec["groups"] = new JsonArray([.. call.Caller.Groups.Select(g => (JsonNode)g)]);
    }

    public override JsonObject Merge(string? subresource, JsonObject old, JsonObject next)
    {
        switch (subresource)
        {
            case null:
                next.Take("status", old);
                next.Take("spec", old);
                return next;
            case "approval":
                old.Child("status").Take("conditions", next.Child("status"));
                return old;
            default:
                // Decisions are not part of what the signer writes.
                next.Child("status").Take("conditions", old.Child("status"));
                return base.Merge(subresource, old, next);
        }
    }

    protected override void Validate(CertificateSigningRequest document, CertificateSigningRequest? old, FieldErrors errors)
    {
        if (document.Spec.Request.Length is 0 or > LongestRequest) errors.Invalid("spec.request", "(bytes)", $"must be a PKCS#10 request in PEM of at most {LongestRequest} bytes");
        if (!document.Spec.SignerName.Contains('/', StringComparison.Ordinal)) errors.Invalid("spec.signerName", document.Spec.SignerName, "must be a domain and a name such as `rempart.dev/node`");
        if (document.Spec.ExpirationSeconds is { } seconds and < 600) errors.Invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)");
        var types = (document.Status?.Conditions ?? []).Select(c => c.Type).ToList();
        for (var i = 0; i < types.Count; i++) errors.OneOf($"status.conditions[{i}].type", types[i], "Approved", "Denied", "Failed");
        if (types.Contains("Approved") && types.Contains("Denied")) errors.Invalid("status.conditions", "Denied", "Approved and Denied conditions are mutually exclusive");
        foreach (var type in (old?.Status?.Conditions ?? []).Select(c => c.Type).Where(t => !types.Contains(t))) errors.Forbidden("status.conditions", $"updates may not remove a condition of type \"{type}\"");
    }
}
