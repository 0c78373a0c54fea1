using System.Text.Json.Nodes;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Patch;

/// <summary>
/// Kubernetes' merge that knows lists: those whose schema names a merge key are merged item by item, those of plain values
/// as sets, all others are replaced. Directives: <c>$patch</c>, <c>$retainKeys</c>, <c>$deleteFromPrimitiveList/…</c>,
/// <c>$setElementOrder/…</c> (apimachinery <c>strategicpatch</c>).
/// </summary>
internal static class StrategicMergePatch
{
    /// <summary>The document after the patch.</summary>
    /// <param name="document">Document; changed in place.</param>
    /// <param name="patch">Patch.</param>
    /// <param name="schema">Schema of the document.</param>
    /// <exception cref="Api.Meta.ApiException">400: a directive is wrong. 422: an item of a merged list has no merge key.</exception>
    public static JsonNode? Apply(JsonObject document, JsonObject patch, Schema schema) => StrategicObject.Merge(document, patch, schema);
}
