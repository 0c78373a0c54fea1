namespace Rempart.ApiServer.Http;

/// <summary>Reads <see cref="RequestInfo"/> from a request line, as kube-apiserver's RequestInfoFactory does.</summary>
internal static class RequestInfoParser
{
    private const int MostSegments = 16;

    /// <summary>Reads a request line.</summary>
    /// <param name="method">HTTP method.</param>
    /// <param name="path">Decoded path.</param>
    /// <param name="watch">Whether the query asks for a watch.</param>
    public static RequestInfo Parse(string method, string path, bool watch)
    {
        var outside = new RequestInfo { Path = path, Verb = method.ToLowerInvariant() };
        var parts = path.Trim('/').Split('/');
        if (parts.Length is < 3 or > MostSegments || parts.Any(p => p is "" or "." or "..")) return outside;
        string group;
        ArraySegment<string> rest;
        switch (parts[0])
        {
            case "api":
                (group, rest) = ("", new ArraySegment<string>(parts)[1..]);
                break;
            case "apis" when parts.Length >= 4:
                (group, rest) = (parts[1], new ArraySegment<string>(parts)[2..]);
                break;
            default:
                return outside;
        }

        var info = outside with { Group = group, Version = rest[0] };
        rest = rest[1..];
        if (rest is ["watch", _, ..] && method is "GET" or "HEAD" && rest[0] == "watch")
        {
            (rest, watch) = (rest[1..], true);
        }

        if (rest is ["namespaces", _, ..])
        {
            info = info with { Namespace = rest[1] };
            if (rest.Count > 2 && rest[2] is not ("status" or "finalize")) rest = rest[2..];
        }

        info = info with
        {
            Resource = rest[0],
            Name = rest.Count > 1 ? rest[1] : null,
            Subresource = rest.Count > 2 ? rest[2] : null,
            Rest = rest.Count > 3 ? [.. rest[3..]] : [],
        };
        return info with { Verb = Verb(method, info, watch) };
    }

    private static string Verb(string method, RequestInfo info, bool watch) => method switch
    {
        "GET" or "HEAD" => watch ? "watch" : info.Name is null ? "list" : "get",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => info.Name is null ? "deletecollection" : "delete",
        _ => method.ToLowerInvariant(),
    };
}
