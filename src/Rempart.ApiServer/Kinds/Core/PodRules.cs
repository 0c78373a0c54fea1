using System.Text.Json.Nodes;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Pods can be listed, so that what looks for them finds none; there are no containers to run yet.</summary>
internal sealed class PodRules : KindRules
{
    public override void PrepareForCreate(JsonObject document, WriteCall call) =>
        throw Failures.Forbidden(call.Target.Kind, document.Metadata().Text("name"), "this cluster runs virtual machines; containers are not served yet: create a `virtualmachines.compute.rempart.dev` instead");
}
