using System.Text.Json.Nodes;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Namespaces end only when the finalizer <c>kubernetes</c> has been taken away by <c>finalize</c>.</summary>
internal sealed class NamespaceRules : KindRules
{
    private const string Finalizer = "kubernetes";

    public override IReadOnlyList<SubresourceInfo> Subresources => [new("finalize", "Namespace", ["update"])];

    public override void Default(JsonObject document)
    {
        var metadata = document.Metadata();
        if (metadata.Text("name") is { } name) metadata.Child("labels")["kubernetes.io/metadata.name"] = name;
        var spec = document.Child("spec");
        if (metadata.Text("deletionTimestamp") is null) spec["finalizers"] ??= new JsonArray(Finalizer);
        document.Child("status")["phase"] = metadata.Text("deletionTimestamp") is null ? "Active" : "Terminating";
    }

    public override JsonObject Merge(string? subresource, JsonObject old, JsonObject next)
    {
        switch (subresource)
        {
            case "finalize":
                old.Child("spec")["finalizers"] = next["spec"]?["finalizers"]?.DeepClone() ?? new JsonArray();
                return old;
            case null:
                next.Child("spec").Take("finalizers", old.Child("spec"));
                break;
            default: break;
        }

        return base.Merge(subresource, old, next);
    }
}
