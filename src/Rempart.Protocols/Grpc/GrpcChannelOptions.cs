using System.Security.Cryptography.X509Certificates;

namespace Rempart.Protocols.Grpc;

/// <summary>How a server is reached.</summary>
public sealed record GrpcChannelOptions
{
    /// <summary>Whom to trust, and nobody else; needed for https.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>Who we are; asked for at each connection, so that it may be renewed.</summary>
    public Func<X509Certificate2>? Certificate { get; init; }

    /// <summary>Headers of every call, lower-case names.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Silence after which the connection is tried with a ping. Go servers hang up on who asks more often than each 5 s.</summary>
    public TimeSpan PingDelay { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a ping may go unanswered.</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(3);
}
