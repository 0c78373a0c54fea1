using Rempart.ApiServer.Authentication;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Approvals;

/// <summary>Approvals are given by people: not by the cluster's own parts, not by a token, and not in another's name.</summary>
internal static class Person
{
    /// <summary>Why a caller is no person who may approve; null when they are one.</summary>
    public static string? Problem(Caller caller)
    {
        if (caller.ImpersonatedBy is { } actor) return $"`{actor}` acts as `{caller.Name}`; approvals are given in one's own name only";
        if (caller.Method != Credentials.Certificate) return $"`{caller.Name}` was not authenticated as a person; approvals need one's own certificate";
        return caller.Name.StartsWith("system:", StringComparison.Ordinal) || caller.NodeName is not null || caller.Groups.Contains("system:nodes") || caller.Groups.Contains("system:controllers")
            ? $"`{caller.Name}` is a part of the cluster; approvals are given by people" : null;
    }
}
