using System.Text;
using System.Text.Json.Nodes;
using Rempart.Cli.Documents;

namespace Rempart.Cli.Kubeconfig;

/// <summary>Reads a kubeconfig as kubectl writes it: clusters, users, contexts.</summary>
internal static class KubeconfigFile
{
    private const int MostServers = 15;

    /// <summary>The path that applies: the option, else <c>KUBECONFIG</c>'s first existing file, else <c>~/.kube/config</c>.</summary>
    /// <param name="option">Value of <c>--kubeconfig</c>.</param>
    public static string FindPath(string? option)
    {
        if (!string.IsNullOrEmpty(option)) return option;
        var listed = Environment.GetEnvironmentVariable("KUBECONFIG")?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [];
        if (listed.Length > 0) return listed.FirstOrDefault(File.Exists) ?? listed[0];
        return Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".kube", "config");
    }

    /// <summary>Reads one context.</summary>
    /// <param name="path">File.</param>
    /// <param name="context">Context's name; the file's current one when null.</param>
    /// <exception cref="CliException">The file is missing or incomplete.</exception>
    public static KubeContext Read(string path, string? context)
    {
        if (!File.Exists(path)) throw new CliException($"no kubeconfig at `{path}`: give `--kubeconfig FILE`, or run `eval \"$(./dev env)\"` in the checkout", ExitCode.Usage);
        return Parse(File.ReadAllText(path), path, context);
    }

    internal static KubeContext Parse(string text, string path, string? context)
    {
        var root = YamlReader.Read(text, path) is [var first, ..] ? first : throw new CliException($"`{path}` is empty", ExitCode.Usage);
        var name = context ?? root["current-context"]?.ToString() ?? throw new CliException($"`{path}` has no `current-context`: give `--context NAME`", ExitCode.Usage);
        var chosen = Entry(root, "contexts", name, "context", path);
        var cluster = Entry(root, "clusters", chosen["cluster"]?.ToString() ?? "", "cluster", path);
        var userName = chosen["user"]?.ToString() ?? "";
        var user = Entry(root, "users", userName, "user", path);
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var server = Address(cluster["server"], path);
        return new KubeContext
        {
            Server = server,
            Alternates = [.. Further(cluster, path).Where(other => other != server).Take(MostServers)],
            CertificateAuthority = Pem(cluster, "certificate-authority", folder),
            ClientCertificate = Pem(user, "client-certificate", folder),
            ClientKey = Pem(user, "client-key", folder),
            Token = user["token"]?.ToString(),
            Namespace = chosen["namespace"]?.ToString() ?? "default",
            User = userName,
        };
    }

    // kubectl knows one server a cluster, and keeps what it does not know in extensions.
    private static IEnumerable<Uri> Further(JsonObject cluster, string path)
    {
        var extension = (cluster["extensions"] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(extension => extension["name"]?.ToString() == "rempart.dev/servers")?["extension"] as JsonObject;
        return (extension?["servers"] as JsonArray)?.Select(server => Address(server, path)) ?? [];
    }

    private static Uri Address(JsonNode? text, string path) => Uri.TryCreate(text?.ToString(), UriKind.Absolute, out var server) && server.Scheme == Uri.UriSchemeHttps
        ? server : throw new CliException($"`{path}`: the cluster's `server` must be an https address", ExitCode.Usage);

    private static JsonObject Entry(JsonObject root, string list, string name, string member, string path) =>
        (root[list] as JsonArray)?.OfType<JsonObject>().FirstOrDefault(e => e["name"]?.ToString() == name)?[member] as JsonObject
            ?? throw new CliException($"`{path}` has no {member} `{name}`", ExitCode.Usage);

    private static string? Pem(JsonObject entry, string field, string folder)
    {
        if (entry[field + "-data"]?.ToString() is { } data) return Encoding.UTF8.GetString(System.Convert.FromBase64String(data));
        return entry[field]?.ToString() is { } file ? File.ReadAllText(Path.Combine(folder, file)) : null;
    }
}
