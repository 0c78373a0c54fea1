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
    private readonly GuestStreams _streams = new(lab);
    private int _server = 1;

    public async Task<string> RunAsync(Scenario scenario)
    {
        foreach (var step in scenario.Steps)
        {
            _log.Add(step);
            // Whoever looks into why one failed has to know how far it came.
            TestContext.Current.TestOutputHelper?.WriteLine(step);
            await StepAsync(step);
        }
        return string.Join('\n', _log);
    }

    /// <summary>Does one step.</summary>
    internal async Task StepAsync(string step)
    {
        var words = step.Split(' ');
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
            case ["machines", var prefix, var count, "to", var host]: await ManyAsync(prefix, Number(count), host); break;
            case ["machine", var name, "on", var host]: await CreateAsync(name, host); break;
            case ["machine", var name, "anywhere"]: await CreateAsync(name, null); break;
            case ["machine", var name, "of", var template]: await CreateAsync(name, null, template); break;
            case ["move", var name, "to", var host]: await MoveAsync(name, host); break;
            case ["move", var name, "round", var times]: await RoundAsync(name, Number(times)); break;
            case ["begin", "move", var name, "to", var host]: await MigrateAsync(name, host, "--no-wait"); break;
            // Slow enough that what comes next meets it.
            case ["begin", "slow", "move", var name, "to", var host]: await MigrateAsync(name, host, "--no-wait", "--bandwidth", "1Mi", "--timeout", "40"); break;
            case ["refused", "move", var name, "to", var host]: await FailAsync(name, host); break;
            case ["until", "moves", "of", var name, "are", "over"]: await UntilAsync(name, "over", api => MovesAsync(api, name)); break;
            case ["delete", "machine", var name]: await DeleteAsync(name); break;
            case ["until", "node", var node, "is", var state]: await UntilAsync(node, state, api => NodeAsync(api, node)); break;
            case ["until", "machine", var name, "is", var state]: await UntilAsync(name, state, api => MachineAsync(api, name)); break;
            case ["until", "machine", var name, "has", var reason]: await UntilAsync(name, "True", async api => $"{(await ReasonsAsync(api, name)).Contains(reason, StringComparer.Ordinal)}"); break;
            case ["never", "machine", var name, "has", var reason]: await NeverAsync(name, reason); break;
            case ["under", "way", var name]: await PhaseAsync(name, MigrationPhase.Preparing); break;
            case ["until", "move", "of", var name, "is", var phase]: await PhaseAsync(name, phase); break;
            case ["same", "process", var name]: await SameProcessAsync(name); break;
            case ["one", "process", var name]: await OneProcessAsync(name); break;
            case ["one", "process", var name, "on", var host]: Assert.StartsWith($"{host}:", await OnlyProcessAsync(name), StringComparison.Ordinal); break;
            case ["other", "process", var name]: await OtherProcessAsync(name); break;
            case ["stream", var name, "from", var peer]: await StreamAsync(name, peer, withPings: false); break;
            case ["stream", var name, "from", var peer, "with", "pings"]: await StreamAsync(name, peer, withPings: true); break;
            case ["whole", "streams"]: foreach (var name in _streams.Names) await _streams.WholeAsync(name); break;
            case ["pauses"]: _streams.Print(); break;
            case ["maintenance", var host]: await CliAsync("host", "maintenance", host); await EmptyAsync(host); break;
            case ["leave", var host]: await CliAsync("host", "maintenance", host, "--leave"); break;
            case ["write"]: await WriteAsync(); break;
            default: throw new FormatException($"`{string.Join(' ', words)}` is no step of a scenario");
        }
    }

    private async Task CreateAsync(string name, string? host, string template = "micro")
    {
        using var api = lab.Cluster.Connect(_server);
        await GuestStreams.AllowAsync(api);
        await api.CreateAsync(new VirtualMachine
        {
            Metadata = new() { Namespace = "default", Name = name },
            Spec = new() { Template = template, Class = template, NetworkInterfaces = [new() { Name = "eth0", SecurityGroups = [GuestStreams.Group] }], NodeSelector = host is null ? null : new Dictionary<string, string>(StringComparer.Ordinal) { ["kubernetes.io/hostname"] = host } },
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

    private Task<string> MigrateAsync(string name, string host, params string[] more) => CliAsync(["migrate", name, "--to", host, "-n", "default", .. more]);

    private Task<string> CliAsync(params string[] words) => Tools.Command.RunAsync([lab.Cluster.Cli, .. words], null, SharedLab.Token, lab.Cluster.Environment);

    // From host to host in their order, beginning behind the one where it is.
    private async Task RoundAsync(string name, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var api = lab.Cluster.Connect(_server);
            var at = (await api.GetAsync<VirtualMachine>("default", name, SharedLab.Token)).Status!.NodeName!;
            await _streams.BeforeAsync(name);
            await MoveAsync(name, lab.Cluster.Hosts[lab.Cluster.Host(at).Layout.Number % lab.Cluster.Hosts.Count].Name);
            await _streams.AfterAsync(name, api);
        }
    }

    private async Task StreamAsync(string name, string peer, bool withPings)
    {
        using var api = lab.Cluster.Connect(_server);
        await _streams.OpenAsync(name, peer, withPings, api);
    }

    // `a1`, `a2` …, which may go anywhere, on one host.
    private async Task ManyAsync(string prefix, int count, string host)
    {
        for (var i = 1; i <= count; i++)
        {
            await CreateAsync($"{prefix}{i}", null);
            await UntilAsync($"{prefix}{i}", "Running/True", api => MachineAsync(api, $"{prefix}{i}"));
            await MoveAsync($"{prefix}{i}", host);
        }
    }

    // No hypervisor is left there.
    private Task EmptyAsync(string host) => lab.Cluster.UntilAsync($"no machine runs on `{host}`", () =>
        Task.FromResult(!lab.Cluster.Host(host).Processes.Any(pid => Arguments(pid).Contains("qemu-system", StringComparison.Ordinal))), SharedLab.Token);

    private async Task OtherProcessAsync(string name)
    {
        using var api = lab.Cluster.Connect(_server);
        var uid = (await api.GetAsync<VirtualMachine>("default", name, SharedLab.Token)).Metadata.Uid!;
        await lab.Cluster.UntilAsync($"another process than before runs `{name}`", () => Task.FromResult(Running(uid) is [var only] && only != _processes[name]), SharedLab.Token);
        _processes[name] = await OnlyProcessAsync(name);
    }

    private static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

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

    // Events are a courtesy: one that is missing says nothing, one that is there does.
    private async Task NeverAsync(string name, string reason)
    {
        using var api = lab.Cluster.Connect(_server);
        Assert.DoesNotContain(reason, await ReasonsAsync(api, name));
    }

    // What comes next is to meet the move in this phase or behind it, and not when it is over.
    private async Task PhaseAsync(string name, string least)
    {
        string[] order = [MigrationPhase.Pending, MigrationPhase.Preparing, MigrationPhase.Transferring, MigrationPhase.Switching];
        using var api = lab.Cluster.Connect(_server);
        string? phase = null, why = null;
        await lab.Cluster.UntilAsync($"the move of `{name}` is {least}", async () =>
        {
            var moves = await api.ListAllAsync<MachineMigration>(new ListQuery { Namespace = "default", FieldSelector = $"spec.machine={name}" }, SharedLab.Token);
            var newest = moves.Items.MaxBy(move => move.Metadata.CreationTimestamp);
            (phase, why) = (newest?.Status?.Phase, $"{newest?.Metadata.Name} from {newest?.Status?.SourceNode}: {newest?.Status?.Reason}, {newest?.Status?.Message}");
            return MigrationPhase.IsEnded(phase) || Array.IndexOf(order, phase) >= Array.IndexOf(order, least);
        }, SharedLab.Token);
        Assert.False(MigrationPhase.IsEnded(phase), $"the move is over already: {phase}, {why}");
    }

    private static async Task<IReadOnlyList<string>> ReasonsAsync(ApiClient api, string name)
    {
        var machine = await api.GetAsync<VirtualMachine>("default", name, SharedLab.Token);
        var events = await api.ListAllAsync<Api.Events.Event>(new ListQuery { Namespace = "default", FieldSelector = $"regarding.uid={machine.Metadata.Uid}" }, SharedLab.Token);
        return [.. events.Items.Select(seen => seen.Reason!).Distinct(StringComparer.Ordinal)];
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
