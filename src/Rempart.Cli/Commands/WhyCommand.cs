using System.CommandLine;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Compute;
using Rempart.Cli.Output;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart why</c>: which hosts a machine could go to, and why not to the others.</summary>
internal sealed class WhyCommand : ApiCommand
{
    private readonly NameArgument<string> _machine = new("machine", "virtualmachines.compute.rempart.dev") { Description = "name of the machine" };
    private readonly Option<string> _output = new("--output", "-o") { Description = "text or json", DefaultValueFactory = _ => "text" };

    public WhyCommand() : base("why", "Explains where a machine is placed: hosts that fit with their scores, and what refused the others. Example: rempart why first")
    {
        _output.AcceptOnlyFromAmong("text", "json");
        Arguments.Add(_machine);
        Options.Add(_output);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var catalog = await scope.CatalogAsync(cancellationToken);
        var machine = catalog.Find("virtualmachines.compute.rempart.dev").Path(scope.Namespace, parse.GetValue(_machine)!);
        var answer = await scope.Session.GetAsync(machine + "/placement", null, cancellationToken);
        if (parse.GetValue(_output) == "json")
        {
            await ObjectText.WriteAsync(scope.Out, answer, OutputFormat.Json);
            return ExitCode.Ok;
        }

        await scope.Out.WriteAsync(WhyText.Format(answer.Deserialize<PlacementReport>(ApiJson.Lenient) ?? throw new CliException("the server's answer is empty")));
        return ExitCode.Ok;
    }
}
