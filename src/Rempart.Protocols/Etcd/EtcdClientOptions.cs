using System.Security.Cryptography.X509Certificates;

namespace Rempart.Protocols.Etcd;

/// <summary>How an etcd cluster is reached.</summary>
public sealed record EtcdClientOptions
{
    /// <summary>Client addresses of its members: https, or http on loopback. One suffices to work, several to survive a member's loss.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>The authorities that sign the members' certificates; nobody else is trusted.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Our certificate with its key; asked for at each connection.</summary>
    public Func<X509Certificate2>? Certificate { get; init; }

    /// <summary>How long one member may take to answer a read before the next is asked.</summary>
    public TimeSpan AttemptTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How long a call is tried again: an election takes a second or two.</summary>
    public TimeSpan RetryTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a write that was sent is waited for: longer than the 7 s after which etcd itself gives it up.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Told when a member failed and the next is taken: which, and why; of each member every 10 s at most.</summary>
    public Action<Uri, string>? Left { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
