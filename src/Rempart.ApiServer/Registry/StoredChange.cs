using System.Text;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Registry;

/// <summary>A change that the server makes to a stored document, whole.</summary>
internal static class StoredChange
{
    public static DecodedDocument Of(CachedObject old, Action<JsonObject> change)
    {
        var document = old.ToJson();
        change(document);
        document.Metadata().Remove("resourceVersion");
        return DocumentDecoder.Decode(Encoding.UTF8.GetBytes(document.ToJsonString()), Schemas.Of(old.Kind), FieldValidation.Strict);
    }
}
