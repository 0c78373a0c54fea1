using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Patch;

/// <summary>Work that one JSON patch may still cause: a short patch can copy without end and shift long lists thousands of times.</summary>
internal sealed class PatchBudget(int copies)
{
    private long _copies = copies;
    private long _shifts = 20_000_000;

    /// <summary>A copy of a value.</summary>
    /// <exception cref="Api.Meta.ApiException">422: the copies of this patch are too large.</exception>
    public JsonNode? Copy(JsonNode? value)
    {
        _copies -= value?.ToJsonString().Length ?? 4;
        return _copies >= 0 ? value?.DeepClone() : throw JsonPatch.Rejected("the copies of the patch are larger than a document may be");
    }

    /// <summary>Counts items that move by one place because another one comes or goes.</summary>
    /// <exception cref="Api.Meta.ApiException">422: too many in this patch.</exception>
    public void Shift(int items)
    {
        _shifts -= items;
        if (_shifts < 0) throw JsonPatch.Rejected("the patch moves too many items of long lists; replace the lists instead");
    }
}
