using System.Globalization;
using System.CommandLine;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Meta;
using Rempart.Cli.Documents;
using Rempart.Cli.Output;
using Rempart.Policy.Simulation;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart simulate</c>: places machines of a cluster that is made up, or of a real one's lists, by the scheduler's code. Asks no server.</summary>
internal sealed class SimulateCommand : Command
{
    private readonly Option<int> _hosts = Bounded("--hosts", "hosts to make up", 100, 1, 100_000);
    private readonly Option<int> _machines = Bounded("--machines", "machines that arrive", 1000, 0, 1_000_000);
    private readonly Option<int> _zones = Bounded("--zones", "zones that the hosts are in", 3, 1, 1000);
    private readonly Option<int> _failures = Bounded("--failures", "hosts that fail on the way, whose machines are placed again", 2, 0, 10_000);
    private readonly Option<int> _departures = Bounded("--departures", "of 100 arrivals, after how many another machine leaves", 10, 0, 100);
    private readonly Option<int> _seed = Bounded("--seed", "seed: the same one gives the same cluster and the same placements", 1, 0, int.MaxValue);
    private readonly Option<string[]> _files = new("--filename", "-f") { Description = "replay a cluster instead: YAML or JSON of Nodes, VirtualMachines, PlacementRules, HostClusters, Hosts and Networks, as `kubectl get no,vm,prule,hc,hosts,net -A -o yaml` prints them; `-` for standard input", Arity = ArgumentArity.OneOrMore };
    private readonly Option<bool> _keep = new("--keep") { Description = "of a replay: machines that are on a host stay there, and only the others are placed" };
    private readonly Option<string> _output = new("--output", "-o") { Description = "text or json", DefaultValueFactory = _ => "text" };

    public SimulateCommand() : base("simulate", "Places the machines of a made-up or a real cluster by the scheduler's own code, and prints how good and how fast that was. Example: rempart simulate --hosts 1000 --machines 10000")
    {
        _output.AcceptOnlyFromAmong("text", "json");
        foreach (var option in (Option[])[_hosts, _machines, _zones, _failures, _departures, _seed, _files, _keep, _output]) Options.Add(option);
        SetAction(RunAsync);
    }

    private static Option<int> Bounded(string name, string description, int usual, int least, int most)
    {
        var option = new Option<int>(name) { Description = $"{description}; default {usual}", DefaultValueFactory = _ => usual, HelpName = "number" };
        option.Validators.Add(result =>
        {
            // Read here, not by the parser: it throws for what is no number.
            if (result.Tokens is [.., var given] && !(int.TryParse(given.Value, CultureInfo.InvariantCulture, out var value) && value >= least && value <= most)) result.AddError($"`{name}` must be a number from {least} to {most}");
        });
        return option;
    }

    private async Task<int> RunAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        var (output, error) = (parse.InvocationConfiguration.Output, parse.InvocationConfiguration.Error);
        try
        {
            var cluster = await ClusterAsync(parse, cancellationToken);
            SimulationResult result;
            await using (var waiting = Waiting.Start(error, "placing machines"))
            {
                result = await Task.Run(() => ClusterSimulation.Run(cluster, (ulong)parse.GetValue(_seed), TimeProvider.System, events => waiting.Say($"placing machines: {events} so far"), cancellationToken), cancellationToken);
            }

            await output.WriteAsync(parse.GetValue(_output) == "json" ? JsonSerializer.Serialize(result, SimulationText.Json) + "\n" : SimulationText.Format(result, cluster));
            return result is { Overbooked: 0, BrokenRules: 0 } || parse.GetValue(_keep) ? ExitCode.Ok : ExitCode.Broken;
        }
        catch (CliException e)
        {
            await error.WriteLineAsync("error: " + e.Message);
            return e.ExitCode;
        }
        catch (JsonException e)
        {
            await error.WriteLineAsync($"error: an object is not as the API describes it: {e.Message}");
            return ExitCode.Failed;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 130;
        }
    }

    private async Task<SimulatedCluster> ClusterAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        if (parse.GetValue(_files) is not { Length: > 0 } files)
        {
            return ClusterGenerator.Generate(new()
            {
                Seed = parse.GetValue(_seed), Hosts = parse.GetValue(_hosts), Machines = parse.GetValue(_machines), Zones = parse.GetValue(_zones), Failures = parse.GetValue(_failures), Departures = parse.GetValue(_departures),
            });
        }

        var objects = (await ManifestFiles.ReadAsync(files, Console.In, cancellationToken))
            .Select(document => (ApiKinds.All.FirstOrDefault(kind => kind.Kind == document["kind"]?.ToString() && kind.ApiVersion == document["apiVersion"]?.ToString()), document))
            .Where(found => found.Item1 is not null).Select(found => (ApiObject)found.document.Deserialize(ApiJson.Lenient.GetTypeInfo(found.Item1!.ClrType))!).ToList();
        return ClusterReplay.Of(objects, parse.GetValue(_keep)) is { Nodes.Count: > 0 } cluster ? cluster : throw new CliException("no Node is in what `-f` names: a replay needs the cluster's hosts, as `kubectl get no,vm,prule,hc,hosts,net -A -o yaml` prints them");
    }
}
