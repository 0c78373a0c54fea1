using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Rempart.Api.Versions;
using Rempart.ApiServer.Audit;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Flow;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Secrets;
using Rempart.Store;

namespace Rempart.ApiServer.Http;

/// <summary>What an API server is made of. There is no default for what protects it: without an authenticator or an authorizer it does not start.</summary>
public sealed record ApiServerOptions
{
    /// <summary>Where it listens; port 0 for any free one.</summary>
    public required IReadOnlyList<IPEndPoint> Listen { get; init; }

    /// <summary>The server's certificate at the time of a handshake, with its private key; it may change while the server runs.</summary>
    public required Func<X509Certificate2> Certificate { get; init; }

    /// <summary>Whether a client's certificate comes from the cluster's CA and is valid now. A handshake with another one fails.</summary>
    public required Func<X509Certificate2, bool> TrustsClient { get; init; }

    /// <summary>The store. The server does not dispose of it.</summary>
    public required IStore Store { get; init; }

    /// <summary>Who finds out who asks, in order; at least one.</summary>
    public required Func<IObjectReader, IReadOnlyList<IRequestAuthenticator>> Authenticators { get; init; }

    /// <summary>Who decides.</summary>
    public required Func<IObjectReader, IAuthorizer> Authorizer { get; init; }

    /// <summary>The cluster's CA and keys, for what admission signs and checks.</summary>
    public required ClusterKeys Keys { get; init; }

    /// <summary>The hosts that hold OVN's databases, and where those are reached, by name of the node; empty on a single host.</summary>
    public IReadOnlyDictionary<string, IPAddress> NetworkMembers { get; init; } = new Dictionary<string, IPAddress>();

    /// <summary>The address under which clients know this cluster's API: who makes service accounts' tokens, and for whom they are unless they say otherwise.</summary>
    public string Issuer { get; init; } = "https://kubernetes.default.svc";

    /// <summary>The audit trail.</summary>
    public required IAuditLog Audit { get; init; }

    /// <summary>The checkpoints of the trail.</summary>
    public StoredCheckpoints? AuditCheckpoints { get; init; }

    /// <summary>The server's name among those of one store.</summary>
    public string Name { get; init; } = Environment.MachineName;

    /// <summary>Key that signs the checkpoints; only its public half is told.</summary>
    public ECDsa? AuditKey { get; init; }

    /// <summary>Renders what this process tells of itself in Prometheus' text format; without it there is no <c>/metrics</c>.</summary>
    public Func<string>? Metrics { get; init; }

    /// <summary>Encrypts secrets before they reach the store.</summary>
    public required ISealer Sealer { get; init; }

    /// <summary>Run once after the store was read and before the first request: creates what must be there.</summary>
    public Func<IObjectReader, IObjectWriter, CancellationToken, Task>? Prepare { get; init; }

    /// <summary>What each client may use of the server.</summary>
    internal FlowLevels Flow { get; init; } = new();

    /// <summary>How many connections there may be.</summary>
    internal ConnectionBounds Connections { get; init; } = ConnectionBounds.Within(ConnectionBounds.Descriptors());

    /// <summary>How much of the audit trail refusals may take.</summary>
    internal RefusalBounds Refusals { get; init; } = new();

    /// <summary>How long a part of an answer waits for its reader before the connection is broken.</summary>
    internal TimeSpan AnswerStall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request may take, with its answer: kube-apiserver's <c>--request-timeout</c>. Watches and other streams have times of their own.</summary>
    internal TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Makes a name that begins with a prefix.</summary>
    internal Func<string, string> GenerateName { get; init; } = NewObject.RandomName;

    /// <summary>Time between the bookmarks of a watch.</summary>
    internal TimeSpan BookmarkEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time between two full counts of what quotas limit.</summary>
    internal TimeSpan QuotasEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Logs.</summary>
    public required ILoggerFactory Logs { get; init; }

    /// <summary>The version that <c>/version</c> tells, and that agents must fit.</summary>
    public ProgramVersion Version { get; init; } = ProgramVersion.Own;
}
