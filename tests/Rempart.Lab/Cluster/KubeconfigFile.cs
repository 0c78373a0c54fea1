using System.Text;
using Rempart.Api.Client;

namespace Rempart.Lab.Cluster;

/// <summary>A kubeconfig that `rempart-server init` wrote: a line a member.</summary>
internal static class KubeconfigFile
{
    /// <summary>A client of one of the cluster's servers with the kubeconfig's user.</summary>
    internal static ApiClient Connect(string path, Uri server, TimeProvider time)
    {
        var lines = File.ReadAllLines(path);
        return ApiClient.Connect(ApiConnection.WithCertificate(server, Pem(lines, "certificate-authority-data"), Pem(lines, "client-certificate-data"), Pem(lines, "client-key-data")), time);
    }

    private static string Pem(string[] lines, string member) => Encoding.ASCII.GetString(Convert.FromBase64String(
        lines.Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith(member + ":", StringComparison.Ordinal))?[(member.Length + 1)..].Trim() ?? throw new LabException($"a kubeconfig without `{member}`")));
}
