using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rempart.Cli.Commands;

/// <summary>One operation on machines: asked for with an id, then followed until the node has carried it out.</summary>
internal sealed class VmOperationCommand : ApiCommand
{
    private readonly string _phase;
    private readonly NameArgument<string[]> _names = new("name", "virtualmachines.compute.rempart.dev") { Description = "machines", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _force = new("--force") { Description = "don't ask the guest" };
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "don't wait until it is done" };
    private readonly Option<int> _timeout = new("--timeout") { Description = "seconds to wait", DefaultValueFactory = _ => 180 };

    public VmOperationCommand(string name, string description, string phase, bool canForce) : base(name, description)
    {
        _phase = phase;
        Arguments.Add(_names);
        if (canForce) Options.Add(_force);
        Options.Add(_noWait);
        Options.Add(_timeout);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var type = (await scope.CatalogAsync(cancellationToken)).Find("virtualmachines.compute.rempart.dev");
        foreach (var name in parse.GetValue(_names)!)
        {
            var id = Guid.NewGuid().ToString("N");
            var request = new JsonObject { ["apiVersion"] = type.ApiVersion, ["kind"] = "MachineOperationRequest", ["id"] = id };
            if (Options.Contains(_force) && parse.GetValue(_force)) request["force"] = true;
            await scope.Session.SendAsync(HttpMethod.Post, type.Path(scope.Namespace, name, Name), request, cancellationToken);
            if (!parse.GetValue(_noWait))
                await WaitCommand.UntilAsync(scope, type, name, $"`{_phase}`", o => Done(o, id), TimeSpan.FromSeconds(parse.GetValue(_timeout)), cancellationToken);
            await scope.Out.WriteLineAsync($"{type.GroupResource}/{name} {Name}{(parse.GetValue(_noWait) ? " asked for" : ": " + _phase.ToLowerInvariant())}");
        }

        return ExitCode.Ok;
    }

    // Start and stop change the desired state, the others are recorded as an operation that the node answers by id.
    private bool Done(JsonObject? machine, string id)
    {
        if (machine is null) throw new CliException("the machine was deleted meanwhile", ExitCode.NotFound);
        var status = machine["status"];
        if (status?["operationResult"] is JsonObject result && result["id"]?.ToString() == id && result["outcome"]?.ToString() == "Failed")
            throw new CliException(result["message"]?.ToString() ?? "the node could not do it");
        if (Name is "start" or "stop")
            return status?["phase"]?.ToString() == _phase && status["observedGeneration"]?.GetValue<long>() >= machine["metadata"]?["generation"]?.GetValue<long>();
        return status?["operationResult"]?["id"]?.ToString() == id && status["phase"]?.ToString() == _phase;
    }
}
