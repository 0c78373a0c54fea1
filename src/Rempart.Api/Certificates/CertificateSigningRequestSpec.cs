namespace Rempart.Api.Certificates;

/// <summary>What is asked of the CA, and by whom.</summary>
public sealed record CertificateSigningRequestSpec
{
    /// <summary>PKCS#10 request in PEM, in base64.</summary>
    public required byte[] Request { get; init; }

    /// <summary>Who signs, such as <c>rempart.dev/node</c>.</summary>
    public required string SignerName { get; init; }

    /// <summary>How long the certificate should last, in seconds.</summary>
    public int? ExpirationSeconds { get; init; }

    /// <summary>Key usages asked for.</summary>
    public IReadOnlyList<string>? Usages { get; init; }

    /// <summary>Who asks, set by the server.</summary>
    public string? Username { get; init; }

    /// <summary>UID of who asks, set by the server.</summary>
    public string? Uid { get; init; }

    /// <summary>Groups of who asks, set by the server.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Further attributes of who asks, set by the server.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
}
