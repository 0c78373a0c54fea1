using System.CommandLine;
using Rempart.Cli.Http;
using Rempart.Cli.Kubeconfig;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>What a running command has: the connection, the server's kinds, the streams.</summary>
internal sealed class CommandScope : IDisposable
{
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

    /// <summary>The server's kinds, asked once.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ResourceCatalog> CatalogAsync(CancellationToken cancellationToken) => _catalog ??= await ResourceCatalog.FetchAsync(Session, cancellationToken);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_session.IsValueCreated) _session.Value.Dispose();
    }
}
