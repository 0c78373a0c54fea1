using System.CommandLine;
using Rempart.Cli.Http;
using Rempart.Cli.Kubeconfig;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>What a running command has: the connection, the server's kinds, the streams.</summary>
internal sealed class CommandScope : IDisposable
{
    private ResourceCatalog? _catalog;

    /// <summary>Reads the kubeconfig that the options name.</summary>
    /// <param name="parse">Arguments.</param>
    public CommandScope(ParseResult parse)
    {
        var context = KubeconfigFile.Read(KubeconfigFile.FindPath(parse.GetValue(GlobalOptions.Kubeconfig)), parse.GetValue(GlobalOptions.Context));
        (Out, Error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
        Session = new ApiSession(context, parse.GetValue(GlobalOptions.Debug) ? Error : null);
        Namespace = parse.GetValue(GlobalOptions.Namespace) ?? context.Namespace;
        User = context.User;
        CertificateAuthority = context.CertificateAuthority;
    }

    /// <summary>Data.</summary>
    public TextWriter Out { get; }

    /// <summary>Words for people.</summary>
    public TextWriter Error { get; }

    /// <summary>Connection.</summary>
    public ApiSession Session { get; }

    /// <summary>Project that the command works in.</summary>
    public string Namespace { get; }

    /// <summary>Name of the kubeconfig's user entry.</summary>
    public string? User { get; }

    /// <summary>Certificates of the CA in PEM, as the kubeconfig has them.</summary>
    public string? CertificateAuthority { get; }

    /// <summary>The server's kinds, asked once.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<ResourceCatalog> CatalogAsync(CancellationToken cancellationToken) => _catalog ??= await ResourceCatalog.FetchAsync(Session, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => Session.Dispose();
}
