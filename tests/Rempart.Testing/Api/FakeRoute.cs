using System.Collections.Specialized;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Meta;

namespace Rempart.Testing.Api;

/// <summary>What a path names.</summary>
internal sealed record FakeRoute(KindInfo Kind, string? Namespace, string? Name, string? Subresource, NameValueCollection Query)
{
    public FakeAddress Address => new(Kind, Kind.Namespaced ? Namespace : null, Name!);

    public static FakeRoute Parse(Uri uri)
    {
        var parts = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        var group = parts[0] == "api" ? "" : parts[1];
        var rest = parts[(parts[0] == "api" ? 2 : 3)..];
        // `namespaces/x/finalize` and `namespaces/x/status` are the namespace's own, not kinds inside it.
        var inside = rest.Length >= 3 && rest[0] == "namespaces" && rest[2] is not ("finalize" or "status");
        var (ns, tail) = inside ? (rest[1], rest[2..]) : (null, rest);
        var kind = ApiKinds.All.FirstOrDefault(known => known.Group == group && known.Plural == tail[0])
            ?? throw FakeFailure.Refused(404, StatusReason.NotFound, $"no resource `{uri.AbsolutePath}`");
        return new FakeRoute(kind, ns, tail.ElementAtOrDefault(1), tail.ElementAtOrDefault(2), System.Web.HttpUtility.ParseQueryString(uri.Query));
    }

    public bool Selects(JsonObject json) =>
        Terms("labelSelector").All(term => json["metadata"]!["labels"]?[term.Key]?.GetValue<string>() == term.Value)
        && Terms("fieldSelector").All(term => (At(json, term.Key)?.GetValue<string>() ?? "") == term.Value);

    private static JsonNode? At(JsonNode json, string path) => path.Split('.').Aggregate((JsonNode?)json, (node, part) => node?[part]);

    private IEnumerable<KeyValuePair<string, string>> Terms(string parameter) => (Query[parameter] ?? "")
        .Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(term => term.Split('=', 2))
        .Select(term => new KeyValuePair<string, string>(term[0], term[1].TrimStart('=')));
}
