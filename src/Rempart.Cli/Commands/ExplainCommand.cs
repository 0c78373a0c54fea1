using System.CommandLine;
using Rempart.Cli.Output;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart explain</c>: what a kind's fields mean, from the server's OpenAPI document.</summary>
internal sealed class ExplainCommand : ApiCommand
{
    private readonly Argument<string> _path = new("path") { Description = "a kind and a path of fields, such as vm.spec.networkInterfaces" };
    private readonly Option<bool> _recursive = new("--recursive") { Description = "list the fields below as a tree" };

    public ExplainCommand() : base("explain", "Describes a kind and its fields. Example: rempart explain vm.spec --recursive")
    {
        Arguments.Add(_path);
        Options.Add(_recursive);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var parts = parse.GetValue(_path)!.Split('.', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0) throw new CliException("name a kind, such as `vm`", ExitCode.Usage);
        var type = (await scope.CatalogAsync(cancellationToken)).Find(parts[0]);
        var document = await scope.Session.GetAsync("/openapi/v3/" + (type.Group.Length == 0 ? $"api/{type.Version}" : $"apis/{type.Group}/{type.Version}"), null, cancellationToken);
        var schemas = SchemaDocument.Of(document);
        var schema = schemas.Kind(type.Group, type.Version, type.Kind);
        var described = schema;
        foreach (var field in parts.Skip(1))
        {
            described = schemas.Field(schema, field) ?? throw new CliException($"`{parse.GetValue(_path)}`: there is no field `{field}`; it has {string.Join(", ", schemas.Fields(schema).Select(f => $"`{f.Name}`"))}", ExitCode.NotFound);
            schema = schemas.Element(described);
        }

        await scope.Out.WriteAsync(ExplainText.Format(type, parts, described, schema, schemas, parse.GetValue(_recursive)));
        return ExitCode.Ok;
    }
}
