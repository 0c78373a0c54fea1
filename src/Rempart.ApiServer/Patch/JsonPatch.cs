using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Patch;

/// <summary>RFC 6902: add, remove, replace, move, copy, test; all of them or none.</summary>
internal static class JsonPatch
{
    /// <summary>Most operations in one patch, as kube-apiserver has it.</summary>
    public const int MostOperations = 10_000;

    /// <summary>Applies a patch.</summary>
    /// <param name="document">Document; changed in place.</param>
    /// <param name="patch">List of operations.</param>
    /// <returns>The document, which an operation on the root may have replaced.</returns>
    /// <exception cref="ApiException">400: not a list of operations. 413: too many. 422: an operation can't be done.</exception>
    public static JsonNode? Apply(JsonNode? document, JsonNode? patch)
    {
        if (patch is not JsonArray list) throw Malformed("a JSON patch is a list of operations");
        if (list.Count > MostOperations)
        {
            throw ApiException.Failure(413, StatusReason.RequestEntityTooLarge,
                string.Create(CultureInfo.InvariantCulture, $"the allowed maximum operations in a JSON patch is {MostOperations}, got {list.Count}"));
        }

        // INVARIANT: copies can double the document with each operation, so what they add is counted before it is made.
        var budget = new PatchBudget(DocumentPatch.MaxResult);
        for (var i = 0; i < list.Count; i++) document = JsonPatchOperation.Read(list[i], i).Apply(document, budget);
        return document;
    }

    /// <summary>The failure of a patch that is none.</summary>
    public static ApiException Malformed(string message) => ApiException.Failure(400, StatusReason.BadRequest, message);

    /// <summary>The failure of a patch that does not fit the document.</summary>
    public static ApiException Rejected(string message) =>
        ApiException.Failure(422, StatusReason.Invalid, $"the server rejected our request due to an error in our request: {message}");
}
