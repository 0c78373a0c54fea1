using System.CommandLine;
using Rempart.Cli.Output;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart watch</c>: follows a kind.</summary>
internal sealed class WatchCommand : ApiCommand
{
    private readonly ObjectsArgument _objects = new() { Description = "a kind (`vm`) or one object (`vm first`, `vm/first`)", Arity = ArgumentArity.OneOrMore };
    private readonly Option<OutputFormat> _output = new("--output", "-o") { Description = "how to print: table, wide, json, yaml, name", DefaultValueFactory = _ => OutputFormat.Table };
    private readonly SelectionOptions _selection = new();

    public WatchCommand() : base("watch", "Follows objects as they change, until Ctrl-C. Example: rempart watch vm")
    {
        Arguments.Add(_objects);
        Options.Add(_output);
        _selection.AddTo(this);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        if (ObjectNames.Parse(parse.GetValue(_objects)!) is not [var (kind, name)]) throw new CliException("`watch` follows one kind, or one object of it", ExitCode.Usage);
        var type = (await scope.CatalogAsync(cancellationToken)).Find(kind);
        var ns = parse.GetValue(_selection.AllNamespaces) ? null : scope.Namespace;
        return await ObjectWatch.RunAsync(scope, type, ns, _selection.Query(parse, name, "watch=true"), parse.GetValue(_output), cancellationToken);
    }
}
