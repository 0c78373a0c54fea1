using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Apply;

/// <summary>The configuration of a server-side apply: what one manager wants to be so, and nothing else.</summary>
internal static class AppliedConfiguration
{
    /// <summary>Reads a configuration. Unknown fields are refused whatever the validation, as in kube-apiserver: nobody could own them.</summary>
    /// <param name="json">JSON in UTF-8.</param>
    /// <param name="call">Where it is applied.</param>
    /// <param name="name">Name in the path.</param>
    /// <exception cref="ApiException">400: not an object of the kind, or lists whose items can't be told apart.</exception>
    public static JsonObject Read(ReadOnlySpan<byte> json, WriteCall call, string name)
    {
        var (kind, schema) = (call.Target.Kind, Schemas.Of(call.Target.Kind));
        var decoded = (JsonObject)JsonNode.Parse(DocumentDecoder.Decode(json, schema, FieldValidation.Strict).Json)!;
        if (JsonNode.Parse(json) is JsonObject given && (given.Text("kind") is null || given.Text("apiVersion") is null))
            throw Failures.BadRequest($"invalid object type: an applied configuration has `apiVersion: {kind.ApiVersion}` and `kind: {kind.Kind}`");
        if (decoded["metadata"]?["managedFields"] is not null) throw Failures.BadRequest("metadata.managedFields must be nil");
        var wrong = new List<string>();
        Check(decoded, schema, FieldPath.Root, wrong);
        if (wrong.Count > 0)
        {
            throw Failures.BadRequest($"failed to create typed patch object ({call.Namespace}/{name}; {kind.ApiVersion}, Kind={kind.Kind}): {(wrong.Count == 1 ? wrong[0] : $"errors:\n  {string.Join("\n  ", wrong)}")}");
        }

        return Scoped(decoded, call);
    }

    /// <summary>The object's own path takes no status and that of a subresource nothing else.</summary>
    private static JsonObject Scoped(JsonObject configuration, WriteCall call)
    {
        if (call.Subresource is null)
        {
            if (call.Target.Kind.HasStatus) configuration.Remove("status");
            return configuration;
        }

        foreach (var name in configuration.Select(m => m.Key).Where(n => n is not ("apiVersion" or "kind" or "metadata" or "status")).ToList()) configuration.Remove(name);
        var metadata = configuration.Metadata();
        foreach (var name in metadata.Select(m => m.Key).Where(n => n is not ("name" or "namespace" or "uid" or "resourceVersion")).ToList()) metadata.Remove(name);
        return configuration;
    }

    private static void Check(JsonNode? node, Schema schema, FieldPath path, List<string> wrong)
    {
        if (wrong.Count >= FieldErrors.Most) return;
        if (node is JsonObject members && !schema.Atomic)
        {
            foreach (var (name, member) in members)
            {
                if (member is JsonObject or JsonArray && DocumentFields.Member(schema, name) is { } inner) Check(member, inner, path.Then(PathElement.Field(name)), wrong);
            }
        }
        else if (node is JsonArray list && schema is { Type: SchemaType.Array, List: not ListType.Atomic })
        {
            var seen = new HashSet<PathElement>();
            for (var i = 0; i < list.Count && wrong.Count < FieldErrors.Most; i++)
            {
                if (ListItems.Missing(list[i], schema) is { } missing)
                {
                    wrong.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{path}: element {i}: {missing}"));
                    continue;
                }

                var element = ListItems.Element(list[i], schema);
                if (!seen.Add(element)) wrong.Add($"{path}: duplicate entries for key {element}");
                Check(list[i], schema.Items!, path.Then(element), wrong);
            }
        }
    }
}
