using System.Security.Cryptography.X509Certificates;

namespace Rempart.Store.Etcd;

/// <summary>How to open a store in an etcd cluster.</summary>
public sealed record EtcdStoreOptions
{
    /// <summary>Client addresses of the members: https, or http on loopback.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>Under which name the keys are kept, <c>/rempart/INSTANCE/…</c>, so that several instances can share an etcd.</summary>
    public required string Instance { get; init; }

    /// <summary>The authorities that sign the members' certificates; nobody else is trusted.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Our certificate with its key; asked for at each connection, so that it may be renewed.</summary>
    public Func<X509Certificate2>? Certificate { get; init; }

    /// <summary>
    /// The name of the server that uses the store, told in etcd for as long as it does: what has to have the store for itself refuses
    /// meanwhile. Null for who only looks.
    /// </summary>
    public string? Server { get; init; }

    /// <summary>How long a read may take on one member before the next is asked.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a call is tried again on other members.</summary>
    public TimeSpan RetryTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a write that was sent is waited for.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a watch whose keys don't change may go without telling of newer revisions.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Told when a member failed and the next is taken: which, and why.</summary>
    public Action<Uri, string>? Left { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
