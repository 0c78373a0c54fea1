using Rempart.Api.Meta;
using Rempart.ApiServer.Apply;

namespace Rempart.ApiServer.Http;

/// <summary>The parameters of a write that say who owns what it sets (meta/v1 <c>PatchOptions</c> and its like).</summary>
internal static class WriterName
{
    private static readonly KindInfo Options = new() { Group = "meta.k8s.io", Version = "v1", Kind = "PatchOptions", Plural = "patchoptions", Namespaced = false, ClrType = typeof(DeleteOptions) };

    /// <summary>Who makes a change: as the caller says, else the product that its User-Agent names.</summary>
    public static string Of(RequestContext context)
    {
        if (context.Query.FieldManager is not { } name) return OwnerRules.OfUserAgent(context.Http.Request.Headers.UserAgent);
        var errors = new FieldErrors();
        OwnerRules.Check(name, "fieldManager", errors);
        errors.ThrowIfAny(Options, "");
        return name;
    }

    /// <summary>Refuses an apply that does not say who applies, since two callers of one program would undo each other's work, or whose <c>force</c> is neither true nor false.</summary>
    public static void Require(RequestContext context)
    {
        _ = context.Query.Force;
        if (context.Query.FieldManager is not null) return;
        var errors = new FieldErrors();
        errors.Required("fieldManager", "is required for apply patch");
        errors.ThrowIfAny(Options, "");
    }

    /// <summary>Refuses <c>force</c> where nothing asks for it.</summary>
    public static void ForbidForce(RequestContext context)
    {
        if (context.Query.Force is null) return;
        var errors = new FieldErrors();
        errors.Forbidden("force", "may not be specified for non-apply patch");
        errors.ThrowIfAny(Options, "");
    }
}
