using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.Registry;

/// <summary>
/// What is special about a kind: its defaults, what the server sets, and its rules. All members are pure functions of documents;
/// what must look at other objects is an admission plugin.
/// </summary>
internal class KindRules
{
    /// <summary>Verbs that are served besides those of subresources.</summary>
    public virtual IReadOnlyList<string> Verbs => AllVerbs;

    /// <summary>Subresources besides <c>status</c>, for discovery.</summary>
    public virtual IReadOnlyList<SubresourceInfo> Subresources => [];

    /// <summary>Every verb.</summary>
    public static IReadOnlyList<string> AllVerbs { get; } = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    /// <summary>Sets what the caller left out. Called before rules are checked, at each write.</summary>
    /// <param name="document">The new document, changed in place.</param>
    public virtual void Default(JsonObject document)
    {
    }

    /// <summary>Takes away what callers can't set and sets what the server knows.</summary>
    /// <param name="document">The new document, changed in place.</param>
    /// <param name="call">Who writes.</param>
    public virtual void PrepareForCreate(JsonObject document, WriteCall call)
    {
    }

    /// <summary>The same for an update of the object itself, after <see cref="Merge"/>.</summary>
    /// <param name="document">The new document, changed in place.</param>
    /// <param name="old">The stored document.</param>
    /// <param name="call">Who writes.</param>
    public virtual void PrepareForUpdate(JsonObject document, JsonObject old, WriteCall call)
    {
    }

    /// <summary>Which parts of a written document count: the rest stays as it is stored.</summary>
    /// <param name="subresource">Null for the object itself.</param>
    /// <param name="old">The stored document; a copy that may be changed and returned.</param>
    /// <param name="next">The written document; may be changed and returned.</param>
    public virtual JsonObject Merge(string? subresource, JsonObject old, JsonObject next)
    {
        if (subresource is null)
        {
            next.Take("status", old);
            return next;
        }

        old.Take("status", next);
        return old;
    }

    /// <summary>Checks what holds only for writes in one of several groups and versions.</summary>
    /// <param name="served">The version in which the document was sent.</param>
    /// <param name="document">The new document.</param>
    /// <param name="old">The stored one; null when it is new.</param>
    /// <param name="errors">Gets every broken rule.</param>
    public virtual void ValidateVersion(KindInfo served, ApiObject document, ApiObject? old, FieldErrors errors)
    {
    }

    /// <summary>Checks what holds only for writes through one path.</summary>
    /// <param name="subresource">Null for the object itself.</param>
    /// <param name="document">The new document.</param>
    /// <param name="old">The stored one; null when it is new.</param>
    /// <param name="errors">Gets every broken rule.</param>
    public virtual void ValidateWrite(string? subresource, ApiObject document, ApiObject? old, FieldErrors errors)
    {
    }

    /// <summary>Checks all rules that need no other object.</summary>
    /// <param name="document">The new document.</param>
    /// <param name="old">The stored one; null when it is new.</param>
    /// <param name="errors">Gets every broken rule.</param>
    public virtual void Validate(ApiObject document, ApiObject? old, FieldErrors errors)
    {
    }
}
