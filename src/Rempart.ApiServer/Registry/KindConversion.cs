using System.Text.Json.Nodes;

namespace Rempart.ApiServer.Registry;

/// <summary>
/// A further group and version in which the objects of a kind are served. Objects are kept in one form, with one uid and one
/// resourceVersion; what is sent in another form is converted before it is looked at, and what is answered afterwards. So rules, admission
/// and owners of fields know the stored form only. Both ways are pure and must lose nothing, also in documents that hold a part of the
/// fields (a server-side apply).
/// </summary>
internal abstract class KindConversion
{
    /// <summary>The form in which an object is answered.</summary>
    /// <param name="stored">The stored form; may be changed and returned. Its apiVersion and kind don't matter.</param>
    public abstract JsonObject ToServed(JsonObject stored);

    /// <summary>The form in which an object is kept.</summary>
    /// <param name="served">The form that was sent; may be changed and returned.</param>
    public abstract JsonObject ToStored(JsonObject served);
}
