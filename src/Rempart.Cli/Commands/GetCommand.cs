using System.CommandLine;
using System.Text.Json.Nodes;
using Rempart.Cli.Output;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart get</c>: lists objects or shows one.</summary>
internal sealed class GetCommand : ApiCommand
{
    internal const string TableAccept = "application/json;as=Table;v=v1;g=meta.k8s.io";

    private readonly ObjectsArgument _objects = new() { Description = "kind and names (`vm first`), `kind/name`, or several kinds (`vm,vol`, `all`)", Arity = ArgumentArity.OneOrMore };
    private readonly Option<OutputFormat> _output = new("--output", "-o") { Description = "how to print: table, wide, json, yaml, name", DefaultValueFactory = _ => OutputFormat.Table };
    private readonly Option<bool> _watch = new("--watch", "-w") { Description = "go on with changes as they come" };
    private readonly SelectionOptions _selection = new();

    public GetCommand() : base("get", "Lists objects, or shows one. Examples: rempart get vm -A -o wide; rempart get vm/first -o yaml")
    {
        Arguments.Add(_objects);
        Options.Add(_output);
        Options.Add(_watch);
        _selection.AddTo(this);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var catalog = await scope.CatalogAsync(cancellationToken);
        var format = parse.GetValue(_output);
        var all = parse.GetValue(_selection.AllNamespaces);
        var wanted = ObjectNames.Parse(parse.GetValue(_objects)!).SelectMany(o => catalog.FindAll(o.Kind).Select(t => (Type: t, o.Name))).ToList();
        if (parse.GetValue(_watch))
        {
            if (wanted.Count != 1) throw new CliException("`--watch` follows one kind at a time", ExitCode.Usage);
            return await ObjectWatch.RunAsync(scope, wanted[0].Type, all ? null : scope.Namespace, _selection.Query(parse, wanted[0].Name, "watch=true"), format, cancellationToken);
        }

        return format is OutputFormat.Table or OutputFormat.Wide
            ? await TablesAsync(scope, parse, wanted, all, format is OutputFormat.Wide, cancellationToken)
            : await DocumentsAsync(scope, parse, wanted, all, format, cancellationToken);
    }

    private async Task<int> TablesAsync(CommandScope scope, ParseResult parse, IReadOnlyList<(ResourceType Type, string? Name)> wanted, bool all, bool wide, CancellationToken cancellationToken)
    {
        var shown = 0;
        foreach (var group in wanted.GroupBy(w => w.Type))
        {
            List<IReadOnlyList<string>> rows = [];
            IReadOnlyList<string> headers = [];
            foreach (var (type, name) in group)
            {
                var ns = all ? null : scope.Namespace;
                var table = await scope.Session.GetAsync(type.Path(ns, name) + (name is null ? _selection.Query(parse, null) : ""), TableAccept, cancellationToken);
                headers = TableDocument.Headers(table, wide);
                var showNamespace = all && type.Namespaced;
                if (showNamespace) headers = ["NAMESPACE", .. headers];
                var namespaces = TableDocument.Namespaces(table);
                rows.AddRange(TableDocument.Rows(table, wide).Select((r, i) => showNamespace ? [namespaces[i], .. r] : r));
            }

            if (rows.Count == 0) continue;
            if (shown > 0) await scope.Out.WriteLineAsync();
            if (wanted.DistinctBy(w => w.Type).Skip(1).Any()) rows = [.. rows.Select(r => (IReadOnlyList<string>)[.. r.Select((c, i) => i == (all && group.Key.Namespaced ? 1 : 0) ? $"{group.Key.GroupResource}/{c}" : c)])];
            await scope.Out.WriteAsync(ColumnText.Format(headers, rows));
            shown += rows.Count;
        }

        if (shown == 0) await scope.Error.WriteLineAsync(all ? "no objects found" : $"no objects found in project `{scope.Namespace}`; `-A` looks in all of them");
        return ExitCode.Ok;
    }

    private async Task<int> DocumentsAsync(CommandScope scope, ParseResult parse, IReadOnlyList<(ResourceType Type, string? Name)> wanted, bool all, OutputFormat format, CancellationToken cancellationToken)
    {
        List<JsonObject> documents = [];
        var single = wanted is [{ Name: not null }];
        foreach (var (type, name) in wanted)
        {
            var ns = all ? null : scope.Namespace;
            var answer = await scope.Session.GetAsync(type.Path(ns, name) + (name is null ? _selection.Query(parse, null) : ""), null, cancellationToken);
            if (name is not null) documents.Add(answer);
            else documents.AddRange((answer["items"] as JsonArray ?? []).OfType<JsonObject>().Select(i => Complete((JsonObject)i.DeepClone(), type)));
        }

        var catalog = await scope.CatalogAsync(cancellationToken);
        if (format is OutputFormat.Name)
        {
            foreach (var d in documents) await scope.Out.WriteLineAsync($"{catalog.Of(d).GroupResource}/{d["metadata"]!["name"]}");
            return ExitCode.Ok;
        }

        await ObjectText.WriteAsync(scope.Out, single ? documents[0] : ObjectText.List(documents), format);
        return ExitCode.Ok;
    }

    // Items of a list carry no kind of their own on the wire.
    private static JsonObject Complete(JsonObject item, ResourceType type)
    {
        if (item.ContainsKey("kind")) return item;
        item.Insert(0, "apiVersion", type.ApiVersion);
        item.Insert(1, "kind", type.Kind);
        return item;
    }
}
