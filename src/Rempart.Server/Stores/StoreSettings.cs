namespace Rempart.Server.Stores;

/// <summary>Where objects are kept: a file in the data folder, or etcd. Built by <see cref="StoreArguments"/>, which checks it.</summary>
internal sealed record StoreSettings
{
    public const string Usage = "[--store sqlite|etcd [--etcd-servers URL[,URL]... --etcd-cafile FILE --etcd-certfile FILE --etcd-keyfile FILE --etcd-instance NAME]]";

    public bool IsEtcd { get; init; }

    /// <summary>Client addresses of etcd's members.</summary>
    public IReadOnlyList<Uri> Servers { get; init; } = [];

    /// <summary>PEM with the authorities that sign the members' certificates.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>PEM with our certificate.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>PEM with its key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Under which name the store is kept in etcd.</summary>
    public string Instance { get; init; } = "";

    /// <summary>What it is, for messages.</summary>
    public override string ToString() => IsEtcd ? $"etcd at {string.Join(", ", Servers)}, instance `{Instance}`" : "the file in the data folder";
}
