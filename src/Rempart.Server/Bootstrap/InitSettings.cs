namespace Rempart.Server.Bootstrap;

/// <summary>What <c>rempart-server init</c> is told.</summary>
public sealed record InitSettings
{
    /// <summary>URL under which clients reach the server, such as <c>https://127.0.0.1:6443</c>.</summary>
    public required Uri Advertise { get; init; }

    /// <summary>Further servers of the cluster, over the same store and with the same keys: kubeconfigs name them, and the certificate is good for them.</summary>
    public IReadOnlyList<Uri> Also { get; init; } = [];

    /// <summary>Further names and addresses of the server, besides localhost and the one in <see cref="Advertise"/>.</summary>
    public IReadOnlyList<string> Hostnames { get; init; } = [];

    /// <summary>Where kubeconfigs go, by user; in the data folder when unset.</summary>
    public IReadOnlyDictionary<string, string> Kubeconfigs { get; init; } = new Dictionary<string, string>();

    /// <summary>True to make an auditor too.</summary>
    public bool Auditor { get; init; }

    /// <summary>Node that the first token serves; any one when unset.</summary>
    public string? Node { get; init; }
}
