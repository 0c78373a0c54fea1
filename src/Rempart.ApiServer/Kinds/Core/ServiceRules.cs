using System.Text.Json.Nodes;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Services can be listed, so that what looks for them finds none; nothing balances traffic yet.</summary>
internal sealed class ServiceRules : KindRules
{
    public override void PrepareForCreate(JsonObject document, WriteCall call) =>
        throw Failures.Forbidden(call.Target.Kind, document.Metadata().Text("name"), "this cluster serves no Services yet: machines are reached by their addresses and names, see `networks.network.rempart.dev`");
}
