using System.Text.Json.Nodes;

namespace Rempart.ApiServer.OpenApi;

/// <summary>Query and path parameters of operations; kubectl looks for some of them before it sends them.</summary>
internal static class OpenApiParameters
{
    private static readonly (string Name, string Type, string Description)[] Write =
    [
        ("dryRun", "string", "All: check the request and write nothing."),
        ("fieldManager", "string", "Name of whoever makes the change."),
        ("fieldValidation", "string", "What becomes of unknown fields: Strict (default), Warn or Ignore."),
    ];

    private static readonly (string Name, string Type, string Description)[] Select =
    [
        ("allowWatchBookmarks", "boolean", "Send bookmarks in a watch."),
        ("continue", "string", "Where a limited list goes on."),
        ("fieldSelector", "string", "Only objects whose fields have these values."),
        ("labelSelector", "string", "Only objects whose labels match."),
        ("limit", "integer", "Most objects in one answer."),
        ("resourceVersion", "string", "Version that the answer shows, or after which a watch begins."),
        ("resourceVersionMatch", "string", "How resourceVersion is meant: Exact or NotOlderThan."),
        ("sendInitialEvents", "boolean", "Begin a watch with the objects that exist."),
        ("timeoutSeconds", "integer", "When the server ends the request."),
        ("watch", "boolean", "Follow changes instead of listing."),
    ];

    private static readonly (string Name, string Type, string Description)[] Removal =
    [
        ("dryRun", "string", "All: check the request and write nothing."),
        ("gracePeriodSeconds", "integer", "Seconds for a graceful end."),
        ("orphanDependents", "boolean", "Deprecated, use propagationPolicy."),
        ("propagationPolicy", "string", "What becomes of dependents: Background, Foreground or Orphan."),
    ];

    /// <summary>Query parameters of an action.</summary>
    /// <param name="version">Form of OpenAPI.</param>
    /// <param name="action">Value of <c>x-kubernetes-action</c>.</param>
    public static IEnumerable<JsonObject> Query(OpenApiVersion version, string action) => (action switch
    {
        "post" or "put" => Write,
        "patch" => [.. Write, ("force", "boolean", "Take over fields of other managers in a server-side apply.")],
        "list" => Select,
        "deletecollection" => [.. Removal, .. Select.Where(p => p.Name is "continue" or "fieldSelector" or "labelSelector" or "limit" or "resourceVersion" or "resourceVersionMatch")],
        "delete" => Removal,
        _ => [],
    }).Select(p => Parameter(version, "query", p.Name, p.Type, p.Description, required: false));

    /// <summary>A parameter in the path.</summary>
    /// <param name="version">Form of OpenAPI.</param>
    /// <param name="name">Its name.</param>
    public static JsonObject Path(OpenApiVersion version, string name) =>
        Parameter(version, "path", name, "string", name == "namespace" ? "Project of the object." : "Name of the object.", required: true);

    private static JsonObject Parameter(OpenApiVersion version, string place, string name, string type, string description, bool required)
    {
        var parameter = new JsonObject { ["name"] = name, ["in"] = place, ["description"] = description };
        if (required) parameter["required"] = true;
        if (version == OpenApiVersion.V2)
        {
            parameter["type"] = type;
            parameter["uniqueItems"] = true;
        }
        else
        {
            parameter["schema"] = new JsonObject { ["type"] = type, ["uniqueItems"] = true };
        }

        return parameter;
    }
}
