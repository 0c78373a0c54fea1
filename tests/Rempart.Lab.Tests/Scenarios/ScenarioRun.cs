using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Lab.Layout;
using Rempart.Lab.Tests.Labs;

namespace Rempart.Lab.Tests.Scenarios;

/// <summary>Does what a scenario says and writes down what came of it, a line a step and one a change of a machine or node that was waited for.</summary>
internal sealed class ScenarioRun(SharedLab lab)
{
    private readonly List<string> _log = [];
    private readonly Dictionary<string, string> _processes = new(StringComparer.Ordinal);
    private int _server = 1;

    public async Task<string> RunAsync(Scenario scenario)
    {
        foreach (var step in scenario.Steps)
        {
            _log.Add(step);
            await StepAsync(step.Split(' '));
        }
        return string.Join('\n', _log);
    }

    private async Task StepAsync(string[] words)
    {
        var (cluster, token) = (lab.Cluster, SharedLab.Token);
        switch (words)
        {
            case ["cut", var host, var plane]: await cluster.Planes.CutAsync(cluster.Host(host), Enum.Parse<Plane>(plane, ignoreCase: true), token); break;
            case ["heal", var host]: await cluster.Planes.HealAsync(cluster.Host(host), null, token); break;
            case ["freeze", var host]: await cluster.Host(host).FreezeAsync(token); break;
            case ["thaw", var host]: await cluster.Host(host).ThawAsync(token); break;
            case ["kill", var host, var service]: await cluster.Host(host).KillServiceAsync(service, token); break;
            case ["kill", var host]: await cluster.Host(host).KillAsync(token); break;
            case ["reboot", var host]: await cluster.RebootAsync(cluster.Host(host), token); break;
            case ["stop", var host, var service]: await cluster.Host(host).InitAsync(["stop", service], token); break;
            case ["start", var host]: await cluster.Host(host).InitAsync(["reload"], token); break;
            // From now on whoever asks asks this server.
            case ["ask", var host]: _server = cluster.Host(host).Layout.Number; break;
            case ["machine", var name, "on", var host]: await CreateAsync(name, host); break;
            case ["machine", var name, "anywhere"]: await CreateAsync(name, null); break;
            case ["move", var name, "to", var host]: await MoveAsync(name, host); break;
            case ["begin", "move", var name, "to", var host]: await MigrateAsync(name, host, "--no-wait"); break;
            case ["refused", "move", var name, "to", var host]: await FailAsync(name, host); break;
            case ["until", "moves", "of", var name, "are", "over"]: await UntilAsync(name, "over", api => MovesAsync(api, name)); break;
            case ["delete", "machine", var name]: await DeleteAsync(name); break;
            case ["until", "node", var node, "is", var state]: await UntilAsync(node, state, api => NodeAsync(api, node)); break;
            case ["until", "machine", var name, "is", var state]: await UntilAsync(name, state, api => MachineAsync(api, name)); break;
            case ["until", "machine", var name, "has", var reason]: await UntilAsync(name, "True", async api => $"{(await ReasonsAsync(api, name)).Contains(reason, StringComparer.Ordinal)}"); break;
            case ["events", "machine", var name]: await EventsAsync(name); break;
            case ["same", "process", var name]: await SameProcessAsync(name); break;
            case ["one", "process", var name]: await OneProcessAsync(name); break;
            case ["one", "process", var name, "on", var host]: Assert.StartsWith($"{host}:", await OnlyProcessAsync(name), StringComparison.Ordinal); break;
            case ["write"]: await WriteAsync(); break;
            default: throw new FormatException($"`{string.Join(' ', words)}` is no step of a scenario");
        }
    }

    private async Task CreateAsync(string name, string? host)
    {
        using var api = lab.Cluster.Connect(_server);
        await api.CreateAsync(new VirtualMachine
        {
            Metadata = new() { Namespace = "default", Name = name },
            Spec = new() { Template = "micro", Class = "micro", NodeSelector = host is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["kubernetes.io/hostname"] = host } },
        }, SharedLab.Token);
    }

    // By the command that a person would use; it returns when the move has ended. One to the host where it is has nothing to do.
    private async Task MoveAsync(string name, string host)
    {
        using var api = lab.Cluster.Connect(_server);
        if ((await api.GetAsync<VirtualMachine>("default", name, SharedLab.Token)).Status?.NodeName == host) return;
        await MigrateAsync(name, host);
        Assert.Equal(host, (await api.GetAsync<VirtualMachine>("default", name, SharedLab.Token)).Status?.NodeName);
    }

    private async Task MigrateAsync(string name, string host, params string[] more) =>
        await Tools.Command.RunAsync([lab.Cluster.Cli, "migrate", name, "--to", host, "-n", "default", .. more], null, SharedLab.Token, lab.Cluster.Environment);

    // What can't be moved stays where it is, and the command says so.
    private async Task FailAsync(string name, string host)
    {
        using var api = lab.Cluster.Connect(_server);
        var before = (await api.GetAsync<VirtualMachine>("default", name, SharedLab.Token)).Status?.NodeName;
        var (code, _, errors) = await Tools.Command.TryAsync([lab.Cluster.Cli, "migrate", name, "--to", host, "-n", "default", "--timeout", "20"], null, SharedLab.Token, lab.Cluster.Environment);
        Assert.NotEqual(0, code);
        Assert.Contains("runs as before", errors, StringComparison.Ordinal);
        Assert.Equal(before, (await api.GetAsync<VirtualMachine>("default", name, SharedLab.Token)).Status?.NodeName);
        await OneProcessAsync(name);
    }

    // The host that does not get a machine, or has it no more, tidies up a moment later.
    private async Task OneProcessAsync(string name)
    {
        using var api = lab.Cluster.Connect(_server);
        var uid = (await api.GetAsync<VirtualMachine>("default", name, SharedLab.Token)).Metadata.Uid!;
        await lab.Cluster.UntilAsync($"one process runs `{name}`", () => Task.FromResult(Running(uid).Count == 1), SharedLab.Token);
    }

    private static async Task<string> MovesAsync(ApiClient api, string name)
    {
        var moves = await api.ListAllAsync<MachineMigration>(new ListQuery { Namespace = "default", FieldSelector = $"spec.machine={name}" }, SharedLab.Token);
        return moves.Items.Count > 0 && moves.Items.All(move => MigrationPhase.IsEnded(move.Status?.Phase)) ? "over" : "under way";
    }

    private async Task DeleteAsync(string name)
    {
        using var api = lab.Cluster.Connect(_server);
        await api.DeleteAsync<VirtualMachine>("default", name, null, SharedLab.Token);
        await lab.Cluster.UntilAsync($"machine `{name}` has gone", async () => await api.FindAsync<VirtualMachine>("default", name, SharedLab.Token) is null, SharedLab.Token);
    }

    private async Task UntilAsync(string what, string state, Func<ApiClient, Task<string>> look)
    {
        using var api = lab.Cluster.Connect(_server);
        await lab.Cluster.UntilAsync($"`{what}` is {state}", async () =>
        {
            try
            {
                return await look(api) == state;
            }
            catch (Exception failure) when (failure is ApiException or IOException or HttpRequestException)
            {
                return false;
            }
        }, SharedLab.Token);
    }

    private static async Task<string> NodeAsync(ApiClient api, string name) =>
        (await api.FindAsync<Node>(null, name, SharedLab.Token))?.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "Ready") is { } ready ? $"{ready.Status}/{ready.Reason}" : "gone";

    private static async Task<string> MachineAsync(ApiClient api, string name) =>
        await api.FindAsync<VirtualMachine>("default", name, SharedLab.Token) is { } machine ? $"{machine.Status?.Phase}/{(machine.Status?.Conditions?.FirstOrDefault(condition => condition.Type == "GuestReady")?.Status ?? "Unknown")}" : "gone";

    // Which process runs the machine is asked of the machine that the lab is on: the first time it is written down, then it must be the same.
    private async Task SameProcessAsync(string name)
    {
        var only = await OnlyProcessAsync(name);
        if (!_processes.TryAdd(name, only)) Assert.Equal(_processes[name], only);
    }

    // `HOST:PID` of the hypervisor, of which there is one on all hosts together.
    private async Task<string> OnlyProcessAsync(string name)
    {
        using var api = lab.Cluster.Connect(_server);
        var uid = (await api.GetAsync<VirtualMachine>("default", name, SharedLab.Token)).Metadata.Uid!;
        return Assert.Single(Running(uid));
    }

    private List<string> Running(string uid) =>
        [.. lab.Cluster.Hosts.SelectMany(host => host.Processes.Where(pid => Arguments(pid) is var words && words.Contains(uid, StringComparison.Ordinal) && words.Contains("qemu-system", StringComparison.Ordinal)).Select(pid => $"{host.Name}:{pid}"))];

    private async Task EventsAsync(string name)
    {
        using var api = lab.Cluster.Connect(_server);
        _log.Add($"  {string.Join(", ", await ReasonsAsync(api, name))}");
    }

    // In the order in which each was first seen; what a machine needs is made in any order.
    private static async Task<IReadOnlyList<string>> ReasonsAsync(ApiClient api, string name)
    {
        var machine = await api.GetAsync<VirtualMachine>("default", name, SharedLab.Token);
        var events = await api.ListAllAsync<Api.Events.Event>(new ListQuery { Namespace = "default", FieldSelector = $"regarding.uid={machine.Metadata.Uid}" }, SharedLab.Token);
        return [.. events.Items.OrderBy(seen => seen.EventTime?.Value).Select(seen => seen.Reason!).Where(reason => !reason.EndsWith("Created", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)];
    }

    private async Task WriteAsync()
    {
        using var api = lab.Cluster.Connect(_server);
        await lab.Cluster.UntilAsync("the API takes writes", async () =>
        {
            try
            {
                await api.CreateAsync(new ConfigMap { Metadata = new() { Namespace = "default", Name = $"scenario-{Guid.NewGuid():N}" } }, SharedLab.Token);
                return true;
            }
            catch (Exception failure) when (failure is ApiException or IOException or HttpRequestException)
            {
                return false;
            }
        }, SharedLab.Token);
    }

    private static string Arguments(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
