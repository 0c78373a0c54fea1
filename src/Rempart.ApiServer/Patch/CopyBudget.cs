using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Patch;

/// <summary>Bytes that the copies of one JSON patch may still add.</summary>
internal sealed class CopyBudget(int bytes)
{
    private int _left = bytes;

    /// <summary>A copy of a value.</summary>
    /// <exception cref="Api.Meta.ApiException">422: the copies of this patch are too large.</exception>
    public JsonNode? Copy(JsonNode? value)
    {
        _left -= value?.ToJsonString().Length ?? 4;
        return _left >= 0 ? value?.DeepClone() : throw JsonPatch.Rejected("the copies of the patch are larger than a document may be");
    }
}
