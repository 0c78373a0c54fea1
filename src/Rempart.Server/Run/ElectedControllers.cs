using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Coordination;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.Http;
using Rempart.Runtime.Controllers;
using Rempart.Runtime.Election;
using Rempart.Server.Bootstrap;

namespace Rempart.Server.Run;

/// <summary>
/// The controllers of the server that leads, of all over one store. Each term has clients of its own, which name the term with whatever they write.
/// </summary>
/// <param name="host">This process's API, which the controllers use as everybody does.</param>
/// <param name="identity">The cluster's CA.</param>
/// <param name="credentials">Certificates of the controllers.</param>
/// <param name="controllers">All controllers, made anew for each term.</param>
/// <param name="time">The clock.</param>
/// <param name="logs">Logs.</param>
internal sealed class ElectedControllers(ApiServerHost host, ServerIdentity identity, ControllerCredentials credentials, Func<IReadOnlyList<ControllerRegistration>> controllers, TimeProvider time, ILoggerFactory logs)
{
    /// <summary>The lease that they stand for, in <c>kube-system</c>.</summary>
    public const string Lease = "rempart-controllers";

    private const string Prefix = "system:controller:";

    private readonly string _authority = identity.Authority.Certificate.ExportCertificatePem();

    /// <summary>True when the store is this process's alone.</summary>
    public required bool Alone { get; init; }

    /// <summary>Stands, and leads when it is elected, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var client = Client($"{Prefix}election", null);
        var settings = new ElectionSettings { Lease = Lease, Candidate = Environment.MachineName, Alone = Alone };
        await new LeaderElection(client, settings, time, logs.CreateLogger<LeaderElection>()).RunAsync(LeadAsync, cancellationToken);
    }

    private async Task LeadAsync(FencingToken term, CancellationToken cancellationToken)
    {
        var clients = new List<ApiClient>();
        try
        {
            await new ControllerHost(controllers(), user =>
            {
                clients.Add(Client(user, term));
                return clients[^1];
            }, time, logs) { TraceOf = host.TraceOf }.RunAsync(cancellationToken);
        }
        finally
        {
            foreach (var client in clients) client.Dispose();
        }
    }

    private ApiClient Client(string user, FencingToken? term)
    {
        var name = user.StartsWith(Prefix, StringComparison.Ordinal) ? user[Prefix.Length..] : throw new ArgumentException($"`{user}` is no controller", nameof(user));
        return ApiClient.Connect(new ApiConnection
        {
            Server = new Uri($"https://127.0.0.1:{host.Addresses[0].Port}"),
            CertificateAuthorityPem = _authority,
            ClientCertificate = () => credentials.For(name),
            UserAgent = $"rempart-{name}",
            Fence = term,
        }, time);
    }
}
