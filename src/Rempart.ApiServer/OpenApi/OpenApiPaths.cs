using System.Globalization;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;

namespace Rempart.ApiServer.OpenApi;

/// <summary>Path items of resources with one operation for each verb.</summary>
internal sealed class OpenApiPaths(OpenApiVersion version, OpenApiSchemas schemas)
{
    private static readonly string[] PatchTypes = ["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"];
    private static readonly string[] BuiltInPatchTypes = [.. PatchTypes, "application/strategic-merge-patch+json"];
    private static readonly string[] BodyTypes = ["application/json"];
    private static readonly string[] PathNames = ["namespace", "name"];

    /// <summary>Adds all paths of a resource.</summary>
    public void Add(SortedDictionary<string, JsonObject> paths, OpenApiResource resource)
    {
        var kind = resource.Kind;
        var root = kind.Group.Length == 0 ? $"/api/{kind.Version}" : $"/apis/{kind.Group}/{kind.Version}";
        var collection = kind.Namespaced ? $"{root}/namespaces/{{namespace}}/{kind.Plural}" : $"{root}/{kind.Plural}";
        if (kind.Namespaced && resource.Verbs.Contains("list")) paths[$"{root}/{kind.Plural}"] = Item($"{root}/{kind.Plural}", [Read(kind, "list", "ForAllNamespaces")]);
        paths[collection] = Item(collection, Collection(resource));
        if (resource.Verbs.Contains("get")) paths[$"{collection}/{{name}}"] = Item($"{collection}/{{name}}", Single(resource));
        foreach (var sub in resource.Subresources)
        {
            var path = $"{collection}/{{name}}/{sub.Name}";
            paths[path] = Item(path, Sub(kind, sub));
        }
    }

    private IEnumerable<(string Method, JsonObject Operation)> Collection(OpenApiResource resource)
    {
        var kind = resource.Kind;
        if (resource.Verbs.Contains("list")) yield return Read(kind, "list", "");
        if (resource.Verbs.Contains("create")) yield return ("post", Operation(kind, "post", "create", "", schemas.Of(kind.ClrType), schemas.Of(kind.ClrType), BodyTypes));
        if (resource.Verbs.Contains("deletecollection")) yield return ("delete", Operation(kind, "deletecollection", "deleteCollection", "", schemas.Of(typeof(ApiStatus)), schemas.Of(typeof(DeleteOptions)), BodyTypes));
    }

    private IEnumerable<(string Method, JsonObject Operation)> Single(OpenApiResource resource)
    {
        var kind = resource.Kind;
        yield return Read(kind, "get", "");
        if (resource.Verbs.Contains("update")) yield return ("put", Operation(kind, "put", "replace", "", schemas.Of(kind.ClrType), schemas.Of(kind.ClrType), BodyTypes));
        if (resource.Verbs.Contains("patch")) yield return ("patch", Operation(kind, "patch", "patch", "", schemas.Of(kind.ClrType), schemas.Patch(), Patches(kind)));
        if (resource.Verbs.Contains("delete")) yield return ("delete", Operation(kind, "delete", "delete", "", schemas.Of(typeof(ApiStatus)), schemas.Of(typeof(DeleteOptions)), BodyTypes));
    }

    private IEnumerable<(string Method, JsonObject Operation)> Sub(KindInfo kind, OpenApiSubresource sub)
    {
        var suffix = CultureInfo.InvariantCulture.TextInfo.ToTitleCase(sub.Name);
        foreach (var (method, operation) in Parts(kind, sub, suffix))
        {
            if (sub.Kind is { } own) operation["x-kubernetes-group-version-kind"] = OpenApiSchemas.GroupVersionKind(own);
            yield return (method, operation);
        }
    }

    private IEnumerable<(string Method, JsonObject Operation)> Parts(KindInfo kind, OpenApiSubresource sub, string suffix)
    {
        foreach (var verb in sub.Verbs)
        {
            var answer = schemas.Of(sub.Answer);
            if (verb == "get") yield return ("get", Operation(kind, "get", "read", suffix, answer, null, []));
            if (verb == "create") yield return ("post", Operation(kind, "post", "create", suffix, answer, schemas.Of(sub.Body), BodyTypes));
            if (verb == "update") yield return ("put", Operation(kind, "put", "replace", suffix, answer, schemas.Of(sub.Body), BodyTypes));
            if (verb == "patch") yield return ("patch", Operation(kind, "patch", "patch", suffix, answer, schemas.Patch(), Patches(kind)));
        }
    }

    private (string Method, JsonObject Operation) Read(KindInfo kind, string action, string suffix) =>
        ("get", Operation(kind, action, action == "list" ? "list" : "read", suffix, action == "list" ? schemas.ListOf(kind) : schemas.Of(kind.ClrType), null, []));

    private JsonObject Item(string path, IEnumerable<(string Method, JsonObject Operation)> operations)
    {
        var item = new JsonObject(operations.OrderBy(o => o.Method, StringComparer.Ordinal).Select(o => KeyValuePair.Create(o.Method, (JsonNode?)o.Operation)));
        string[] names = [.. PathNames.Where(n => path.Contains($"{{{n}}}", StringComparison.Ordinal))];
        if (names.Length > 0) item["parameters"] = new JsonArray([.. names.Select(n => OpenApiParameters.Path(version, n))]);
        return item;
    }

    private JsonObject Operation(KindInfo kind, string action, string verb, string suffix, JsonObject answer, JsonObject? body, string[] consumes)
    {
        var group = kind.Group.Length == 0 ? "Core" : string.Concat(kind.Group.Split('.').Select(p => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(p)));
        var operation = new JsonObject
        {
            ["description"] = $"{verb} {kind.Kind}{(suffix.Length > 0 ? $" ({suffix})" : "")}",
            ["operationId"] = $"{verb}{group}{kind.Version.ToUpperInvariant()}{(kind.Namespaced && suffix != "ForAllNamespaces" ? "Namespaced" : "")}{kind.Kind}{suffix}",
            ["tags"] = new JsonArray($"{group}_{kind.Version}"),
        };
        var parameters = OpenApiParameters.Query(version, action).ToList();
        var ok = new JsonObject { ["description"] = "OK" };
        if (version == OpenApiVersion.V2)
        {
            operation["consumes"] = new JsonArray([.. (consumes.Length > 0 ? consumes : ["*/*"]).Select(c => (JsonNode)c)]);
            operation["produces"] = new JsonArray("application/json");
            if (body is not null) parameters.Insert(0, new JsonObject { ["name"] = "body", ["in"] = "body", ["required"] = action is "post" or "put" or "patch", ["schema"] = body });
            ok["schema"] = answer;
        }
        else
        {
            if (body is not null) operation["requestBody"] = new JsonObject { ["content"] = Content(consumes, body), ["required"] = action is "post" or "put" or "patch" };
            ok["content"] = Content(BodyTypes, answer);
        }

        operation["parameters"] = new JsonArray([.. parameters]);
        operation["responses"] = new JsonObject { ["200"] = ok, ["401"] = new JsonObject { ["description"] = "Unauthorized" } };
        operation["x-kubernetes-action"] = action;
        operation["x-kubernetes-group-version-kind"] = OpenApiSchemas.GroupVersionKind(kind);
        return operation;
    }

    /// <summary>Strategic merge is for built-in kinds, as in Kubernetes; kubectl reads here which patch it may send.</summary>
    private static string[] Patches(KindInfo kind) => kind.Group.EndsWith(".rempart.dev", StringComparison.Ordinal) ? PatchTypes : BuiltInPatchTypes;

    private static JsonObject Content(string[] types, JsonObject schema) =>
        new(types.Select(t => KeyValuePair.Create(t, (JsonNode?)new JsonObject { ["schema"] = schema.DeepClone() })));
}
