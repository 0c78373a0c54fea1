using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Kinds.Infra;

/// <summary>Rules of NodeTokens: made and deleted, never changed but by the server.</summary>
internal sealed class NodeTokenRules : TypedKindRules<NodeToken>
{
    private const int Shortest = 60;
    private const int Longest = 24 * 60 * 60;
    private const int Usual = 60 * 60;
    private const int MostLabels = 64;

    public override IReadOnlyList<string> Verbs { get; } = ["create", "delete", "deletecollection", "get", "list", "watch"];

    public override void Default(JsonObject document)
    {
        if (document["spec"] is JsonObject spec && spec["expirationSeconds"] is null) spec["expirationSeconds"] = Usual;
    }

    public override void PrepareForCreate(JsonObject document, WriteCall call)
    {
        if (call.ByServer) return;
        document.Remove("status");
        Default(document);
        if (document["spec"]?["expirationSeconds"] is JsonValue value && value.TryGetValue<int>(out var seconds) && seconds is >= Shortest and <= Longest)
            document["status"] = new JsonObject { ["expiresAt"] = call.Now.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) };
    }

    protected override void Validate(NodeToken document, NodeToken? old, FieldErrors errors)
    {
        var spec = document.Spec;
        if (!BootstrapToken.IsId(document.Metadata.Name)) errors.Invalid("metadata.name", document.Metadata.Name, "must be the id of a token, 8 lower-case letters and digits: `rempart node token create` makes one");
        errors.ObjectName("spec.node", spec.Node);
        if (spec.Hash.Length != SHA256.HashSizeInBytes) errors.Invalid("spec.hash", Convert.ToBase64String(spec.Hash), $"must be {SHA256.HashSizeInBytes} bytes, the SHA-256 of the token");
        if (spec.ExpirationSeconds is < Shortest or > Longest) errors.Invalid("spec.expirationSeconds", spec.ExpirationSeconds, $"must be between {Shortest} and {Longest}, inclusive");
        Labels(spec.Labels, errors);
        if (old is not null) errors.Unchanged("spec", document.Spec, old.Spec);
    }

    private static void Labels(IReadOnlyDictionary<string, string>? labels, FieldErrors errors)
    {
        if (labels is null) return;
        if (labels.Count > MostLabels) errors.TooMany("spec.labels", labels.Count, MostLabels);
        var first = labels.Take(MostLabels).ToDictionary(StringComparer.Ordinal);
        MetadataRules.Labels(first, "spec.labels", errors);
        foreach (var key in first.Keys.Intersect(NodeLabels.Own, StringComparer.Ordinal)) errors.Forbidden($"spec.labels[{key}]", "is the host's own to say");
    }
}
