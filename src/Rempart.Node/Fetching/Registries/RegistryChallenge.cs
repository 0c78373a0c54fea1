using System.Text.Json;
using System.Text.RegularExpressions;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching.Registries;

/// <summary>How a registry asks for a token that everybody may have (distribution's token authentication). Pure.</summary>
internal static partial class RegistryChallenge
{
    private const int LongestToken = 16 * 1024;

    /// <summary>Where the token is to be had; null when nobody gives one away.</summary>
    /// <param name="challenge">of `WWW-Authenticate`.</param>
    /// <param name="repository">that is to be read, whatever the registry says.</param>
    internal static Uri? TokenUrl(string? challenge, string repository)
    {
        if (challenge is null || !challenge.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return null;
        var parts = Part().Matches(challenge).ToLookup(match => match.Groups["name"].Value, match => match.Groups["value"].Value, StringComparer.OrdinalIgnoreCase);
        if (parts["realm"].FirstOrDefault() is not { } realm || !Uri.TryCreate(realm, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps || url.UserInfo.Length > 0) return null;
        var service = parts["service"].FirstOrDefault() is { } named ? $"service={Uri.EscapeDataString(named)}&" : "";
        return new UriBuilder(url) { Query = $"{service}scope={Uri.EscapeDataString($"repository:{repository}:pull")}", Fragment = "" }.Uri;
    }

    /// <summary>The token in an answer.</summary>
    /// <exception cref="VolumeException">there is none.</exception>
    internal static string Token(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 8, AllowDuplicateProperties = false });
            var root = document.RootElement;
            var token = (root.TryGetProperty("token", out var value) || root.TryGetProperty("access_token", out value)) ? value.GetString() : null;
            // It becomes a line of a request.
            if (token is { Length: > 0 and <= LongestToken } && token.All(letter => letter is > ' ' and < '\x7f')) return token;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            // None.
        }

        throw new VolumeException(VolumeFault.AccessDenied, "the registry gives nobody a token for this");
    }

    [GeneratedRegex("""(?<name>[a-z]+)="(?<value>[^"]{1,1024})""" + "\"", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Part();
}
