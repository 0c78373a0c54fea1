using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Rempart.Server.Bootstrap;

/// <summary>
/// A kubeconfig with one cluster, one user and all data in it. Its values are base64, URLs and names without blanks, so the YAML needs no quoting.
/// kubectl knows one server a cluster, so each further one has a cluster and a context of its own; `rempart` reads all of them from an extension of
/// the first cluster and goes from one to the next by itself.
/// </summary>
/// <param name="Server">The server's URL.</param>
/// <param name="Authority">The CA's certificate in PEM.</param>
/// <param name="User">The user's name.</param>
/// <param name="Certificate">The client's certificate in PEM.</param>
/// <param name="Key">The client's key in PEM.</param>
internal sealed record Kubeconfig(Uri Server, string Authority, string User, string Certificate, string Key)
{
    private const string CertificateLine = "    client-certificate-data: ";
    private const string Extension = "    - name: rempart.dev/servers";

    /// <summary>Further servers of the cluster.</summary>
    public IReadOnlyList<Uri> Also { get; init; } = [];

    public string ToYaml() => $"""
        apiVersion: v1
        kind: Config
        current-context: {User}@rempart
        clusters:
        {Clusters(Server, Also, Authority)}
        contexts:
        {string.Join('\n', Enumerable.Range(0, Also.Count + 1).Select(Context))}
        users:
        - name: {User}@rempart
          user:
        {CertificateLine}{Base64(Certificate)}
            client-key-data: {Base64(Key)}

        """;

    /// <summary>The client certificate in a kubeconfig that this wrote for the same servers and CA; null for any other text.</summary>
    public static X509Certificate2? CertificateOf(string text, Uri server, IReadOnlyList<Uri> also, string authority)
    {
        var lines = text.Split('\n');
        if (also.Count > 0 ? !text.Contains(Clusters(server, also, authority) + "\ncontexts:", StringComparison.Ordinal)
            : lines.Contains(Extension) || !lines.Contains($"    server: {ServerText(server)}") || !lines.Contains($"    certificate-authority-data: {Base64(authority)}")) return null;
        if (lines.FirstOrDefault(line => line.StartsWith(CertificateLine, StringComparison.Ordinal)) is not { } line) return null;
        try
        {
            return X509Certificate2.CreateFromPem(Encoding.ASCII.GetString(Convert.FromBase64String(line[CertificateLine.Length..])));
        }
        catch (Exception e) when (e is FormatException or CryptographicException)
        {
            return null;
        }
    }

    private static string Clusters(Uri server, IReadOnlyList<Uri> also, string authority)
    {
        var text = new StringBuilder();
        foreach (var (index, each) in also.Prepend(server).Index())
        {
            text.Append(CultureInfo.InvariantCulture, $"- name: {Name(index)}\n  cluster:\n    server: {ServerText(each)}\n    certificate-authority-data: {Base64(authority)}\n");
            if (index > 0 || also.Count == 0) continue;
            text.Append(CultureInfo.InvariantCulture, $"    extensions:\n{Extension}\n      extension:\n        servers:\n");
            foreach (var one in also.Prepend(server)) text.Append(CultureInfo.InvariantCulture, $"        - {ServerText(one)}\n");
        }

        return text.ToString().TrimEnd('\n');
    }

    private string Context(int index) => $"- name: {User}@{Name(index)}\n  context:\n    cluster: {Name(index)}\n    user: {User}@rempart";

    private static string Name(int index) => index == 0 ? "rempart" : string.Create(CultureInfo.InvariantCulture, $"rempart-{index + 1}");

    private static string ServerText(Uri server) => server.GetLeftPart(UriPartial.Authority);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
