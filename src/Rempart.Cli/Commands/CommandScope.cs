using System.CommandLine;
using Rempart.Cli.Http;
using Rempart.Cli.Kubeconfig;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>What a running command has: the connection, the server's kinds, the streams.</summary>
internal sealed class CommandScope : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lazy<KubeContext> _context;
    private readonly Lazy<ApiSession> _session;
    private readonly string? _namespace;
    private ResourceCatalog? _catalog;

    /// <summary>The kubeconfig that the options name is read when something asks for what is in it: an offline check needs none.</summary>
    /// <param name="parse">Arguments.</param>
    public CommandScope(ParseResult parse)
    {
        (Out, Error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
        _context = new(() => KubeconfigFile.Read(KubeconfigFile.FindPath(parse.GetValue(GlobalOptions.Kubeconfig)), parse.GetValue(GlobalOptions.Context)));
        _session = new(() => new ApiSession(_context.Value, parse.GetValue(GlobalOptions.Debug) ? Error : null));
        _namespace = parse.GetValue(GlobalOptions.Namespace);
    }

    /// <summary>Data.</summary>
    public TextWriter Out { get; }

    /// <summary>Words for people.</summary>
    public TextWriter Error { get; }

    /// <summary>Connection.</summary>
    public ApiSession Session => _session.Value;

    /// <summary>Project that the command works in.</summary>
    public string Namespace => _namespace ?? _context.Value.Namespace;

    /// <summary>Name of the kubeconfig's user entry.</summary>
    public string? User => _context.Value.User;

    /// <summary>Certificates of the CA in PEM, as the kubeconfig has them.</summary>
    public string? CertificateAuthority => _context.Value.CertificateAuthority;

    /// <summary>All servers of the cluster, each with <c>ready</c> or what is wrong.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyList<(string Server, string State)>> ServersAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(_context.Value.Alternates.Prepend(_context.Value.Server).Select(server => AskAsync(server, cancellationToken)));

    private async Task<(string Server, string State)> AskAsync(Uri server, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        var name = server.GetLeftPart(UriPartial.Authority);
        try
        {
            using var session = new ApiSession(_context.Value with { Server = server, Alternates = [] }, null);
            using var answer = await session.OpenAsync(HttpMethod.Get, "/readyz", null, "text/plain", limit.Token);
            return (name, "ready");
        }
        catch (Rempart.Api.Meta.ApiException)
        {
            return (name, "not ready");
        }
        catch (Exception unreachable) when (unreachable is CliException or IOException || (unreachable is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (name, "unreachable");
        }
    }

    /// <summary>The server's kinds, asked once.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ResourceCatalog> CatalogAsync(CancellationToken cancellationToken) => _catalog ??= await ResourceCatalog.FetchAsync(Session, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_session.IsValueCreated) _session.Value.Dispose();
    }
}
