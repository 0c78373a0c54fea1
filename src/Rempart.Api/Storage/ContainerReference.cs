using System.Globalization;
using System.Text.RegularExpressions;

namespace Rempart.Api.Storage;

/// <summary>An artifact of a container registry by its digest, as <c>docker://</c> and <c>oci://</c> addresses name it. A tag may stand before the digest, which alone counts.</summary>
/// <param name="Registry">Host, with a port unless it is 443.</param>
/// <param name="Repository">Path in it.</param>
/// <param name="Digest"><c>sha256:</c> and 64 hexadecimal digits, of the manifest or index.</param>
public sealed partial record ContainerReference(string Registry, string Repository, string Digest)
{
    // What people call Docker's registry, and where it is.
    private const string Hub = "docker.io";
    private const string HubHost = "registry-1.docker.io";
    private const int LongestRepository = 255;

    /// <summary>The registry's port.</summary>
    public int Port => ManifestUrl(Digest).Port;

    /// <summary>Where a manifest of the repository is (OCI distribution specification).</summary>
    public Uri ManifestUrl(string digest) => new($"https://{Registry}/v2/{Repository}/manifests/{digest}");

    /// <summary>Where one of its blobs is.</summary>
    public Uri BlobUrl(string digest) => new($"https://{Registry}/v2/{Repository}/blobs/{digest}");

    /// <summary>Whether an address is meant to be one.</summary>
    public static bool IsMeantBy(string url) => url.StartsWith("docker://", StringComparison.Ordinal) || url.StartsWith("oci://", StringComparison.Ordinal);

    /// <summary>Reads one; null when it is none.</summary>
    public static ContainerReference? TryParse(string url)
    {
        var match = Pattern().Match(url);
        if (!match.Success) return null;
        var (registry, repository) = (match.Groups["registry"].Value, match.Groups["repository"].Value);
        if (registry == Hub) (registry, repository) = (HubHost, repository.Contains('/', StringComparison.Ordinal) ? repository : $"library/{repository}");
        if (match.Groups["port"] is { Success: true } port && !IsPort(port.ValueSpan)) return null;
        var whole = Uri.TryCreate($"https://{registry}/", UriKind.Absolute, out _) && repository.Length <= LongestRepository;
        return whole ? new ContainerReference(registry, repository, match.Groups["digest"].Value) : null;
    }

    private static bool IsPort(ReadOnlySpan<char> digits) => int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and < 65536;

    // A registry has a dot or a port, or is localhost: without one it would be a repository of Docker's.
    [GeneratedRegex(@"^(docker|oci)://(?<registry>(localhost|[a-z0-9-]+(\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(:(?<port>[0-9]{1,5}))?)/(?<repository>[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*){0,7})(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?@(?<digest>sha256:[0-9a-f]{64})\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pattern();
}
