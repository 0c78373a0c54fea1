using System.CommandLine;
using Rempart.Cli.Output;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart status</c>: hosts, machines and health at a glance.</summary>
internal sealed class StatusCommand : ApiCommand
{
    private readonly Option<OutputFormat> _output = new("--output", "-o") { Description = "how to print: table, json", DefaultValueFactory = _ => OutputFormat.Table };

    public StatusCommand() : base("status", "Shows hosts, servers, machines and what needs attention, at a glance.") => Options.Add(_output);

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var format = parse.GetValue(_output);
        if (format is not (OutputFormat.Table or OutputFormat.Json)) throw new CliException("`rempart status` is printed as `table` or `json`", ExitCode.Usage);
        var view = await ClusterReader.ReadAsync(scope, cancellationToken);
        await scope.Out.WriteAsync(format == OutputFormat.Json ? StatusReport.Json(view).ToJsonString(new() { WriteIndented = true }) + "\n" : StatusReport.Text(view));
        return ExitCode.Ok;
    }
}
