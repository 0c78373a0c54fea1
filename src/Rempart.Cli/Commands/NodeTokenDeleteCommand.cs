using System.CommandLine;
using Rempart.Api.Infra;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart node token delete</c>.</summary>
internal sealed class NodeTokenDeleteCommand : ApiCommand
{
    private readonly Argument<string> _id = new("id") { Description = "id of the token, or the token" };

    public NodeTokenDeleteCommand() : base("delete", "Ends a token.") => Arguments.Add(_id);

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        // Whoever has the token at hand may give it; its secret part is sent nowhere.
        var given = parse.GetValue(_id)!;
        var id = BootstrapToken.Parse(given)?.Id ?? given;
        if (!BootstrapToken.IsId(id)) throw new CliException("that is no id of a token: see `rempart node token list`", ExitCode.Usage);
        var type = (await scope.CatalogAsync(cancellationToken)).Find("nodetokens.infra.rempart.dev");
        await scope.Session.SendAsync(HttpMethod.Delete, type.Path(null, id), null, cancellationToken);
        await scope.Out.WriteLineAsync($"{type.GroupResource}/{id} deleted");
        return ExitCode.Ok;
    }
}
