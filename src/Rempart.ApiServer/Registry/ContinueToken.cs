using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Registry;

/// <summary>Where a list goes on: opaque to clients, in the form of kube-apiserver (<c>meta.k8s.io/v1</c>), so that theirs are understood or refused as such.</summary>
/// <param name="Revision">The snapshot that all parts show; <see cref="AnyRevision"/> for whatever there is when it is used.</param>
/// <param name="After">Key of the last object that was given.</param>
internal sealed record ContinueToken(long Revision, string After)
{
    /// <summary>The rest of a list whose snapshot is no longer kept, at another state than its beginning.</summary>
    public const long AnyRevision = -1;

    private const string Version = "meta.k8s.io/v1";
    private const int Longest = 2048;

    /// <summary>True when the parts of the list may show different states.</summary>
    public bool IsInconsistent => Revision < 0;

    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(new JsonObject { ["v"] = Version, ["rv"] = Revision, ["start"] = After + "\0" }.ToJsonString()));

    public static ContinueToken Parse(string text)
    {
        if (text.Length > Longest || !Base64Url.IsValid(text)) throw Refused("illegal base64 data");
        try
        {
            return Read(JsonNode.Parse(Base64Url.DecodeFromChars(text), documentOptions: new JsonDocumentOptions { MaxDepth = 2 }) as JsonObject);
        }
        catch (Exception wrong) when (wrong is JsonException or ArgumentException or InvalidOperationException)
        {
            // No JSON, a member twice, or texts that are none.
            throw Refused("it is no token of a list");
        }
    }

    private static ContinueToken Read(JsonObject? token)
    {
        if (token?.Text("v") is not { } version) throw Refused("it is no token of a list");
        if (version != Version) throw Failures.BadRequest($"invalid continue token: continue key is not valid: server does not recognize this encoded version {version}");
        if (token.Number("rv") is not { } revision || revision is 0 or < AnyRevision) throw Refused("incorrect encoded start resourceVersion (version meta.k8s.io/v1)");
        if (token.Text("start") is not { Length: > 0 } start) throw Refused("encoded start key empty (version meta.k8s.io/v1)");
        var after = start.TrimEnd('\0');
        return after.Length == start.Length - 1 && IsKey(after) ? new ContinueToken(revision, after) : throw Refused(after);
    }

    // A key as the store has them: no climbing to another kind's.
    private static bool IsKey(string after) => after.Length > 0 && after.All(c => c is > ' ' and <= '~') && after.Split('/').All(part => part is not ("" or "." or ".."));

    private static Api.Meta.ApiException Refused(string why) => Failures.BadRequest($"invalid continue token: continue key is not valid: {why}");
}
