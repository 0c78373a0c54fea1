using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Rempart.Server.Bootstrap;

/// <summary>A kubeconfig with one cluster, one user and all data in it. Its values are base64, a URL and names without blanks, so the YAML needs no quoting.</summary>
/// <param name="Server">The server's URL.</param>
/// <param name="Authority">The CA's certificate in PEM.</param>
/// <param name="User">The user's name.</param>
/// <param name="Certificate">The client's certificate in PEM.</param>
/// <param name="Key">The client's key in PEM.</param>
internal sealed record Kubeconfig(Uri Server, string Authority, string User, string Certificate, string Key)
{
    private const string CertificateLine = "    client-certificate-data: ";

    public string ToYaml() => $"""
        apiVersion: v1
        kind: Config
        current-context: {User}@rempart
        clusters:
        - name: rempart
          cluster:
            server: {ServerText(Server)}
            certificate-authority-data: {Base64(Authority)}
        contexts:
        - name: {User}@rempart
          context:
            cluster: rempart
            user: {User}@rempart
        users:
        - name: {User}@rempart
          user:
        {CertificateLine}{Base64(Certificate)}
            client-key-data: {Base64(Key)}

        """;

    /// <summary>The client certificate in a kubeconfig that this wrote for the same server and CA; null for any other text.</summary>
    public static X509Certificate2? CertificateOf(string text, Uri server, string authority)
    {
        var lines = text.Split('\n');
        if (!lines.Contains($"    server: {ServerText(server)}") || !lines.Contains($"    certificate-authority-data: {Base64(authority)}")) return null;
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

    private static string ServerText(Uri server) => server.GetLeftPart(UriPartial.Authority);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
