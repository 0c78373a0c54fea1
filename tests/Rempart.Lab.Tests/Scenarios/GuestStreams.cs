using System.Globalization;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Networking;
using Rempart.Lab.Tests.Labs;

namespace Rempart.Lab.Tests.Scenarios;

/// <summary>
/// Connections between guests that are opened once and looked after to the end. A micro guest's `stream` counts what came by its one connection to
/// another, whose numbered lines also tell whether that one's memory and disk are as it wrote them.
/// </summary>
internal sealed class GuestStreams(SharedLab lab)
{
    /// <summary>The security group of machines that may be reached by `stream`.</summary>
    public const string Group = "stream";

    private const int MostLines = 2000;
    private static readonly TimeSpan _round = TimeSpan.FromSeconds(1.5);
    private readonly Dictionary<string, Opened> _opened = new(StringComparer.Ordinal);
    private readonly List<string> _pauses = [];

    private sealed record Opened(GuestConsole Console, string Peer, StreamLog Log);

    /// <summary>Lets others reach machines of the group; does nothing when it is there.</summary>
    public static async Task AllowAsync(ApiClient api)
    {
        if (await api.FindAsync<SecurityGroup>("default", Group, SharedLab.Token) is not null) return;
        await api.CreateAsync(new SecurityGroup
        {
            Metadata = new() { Namespace = "default", Name = Group },
            Spec = new() { Ingress = [new() { Protocol = "TCP", Ports = [new() { Port = 7000 }] }, new() { Protocol = "ICMP" }] },
        }, SharedLab.Token);
    }

    /// <summary>Opens a connection from one machine to another, and returns when lines come by it.</summary>
    /// <param name="to">the machine whose lines are read.</param>
    /// <param name="from">the machine that reads.</param>
    /// <param name="withPings">pings 10 ms apart, too.</param>
    /// <param name="api">to ask for the address.</param>
    public async Task OpenAsync(string to, string from, bool withPings, ApiClient api)
    {
        string? address = null;
        await lab.Cluster.UntilAsync($"machine `{to}` has an address", async () => (address = (await api.GetAsync<VirtualMachine>("default", to, SharedLab.Token)).Status?.Addresses is [var first, ..] ? first : null) is not null, SharedLab.Token);
        var console = new GuestConsole(lab.Cluster, from);
        await BeginAsync();
        try
        {
            await lab.Cluster.UntilAsync($"`{from}` reads what `{to}` sends", async () =>
            {
                var log = await ReadAsync(to);
                // Nobody answered: the other end's network comes up beside its machine.
                if (log.HasEnded) await BeginAsync();
                return log.Rounds > 0;
            }, SharedLab.Token);
        }
        catch (LabException failure)
        {
            throw new LabException($"{failure.Message}; {await NetworkAsync(from)}; {await NetworkAsync(to)}", failure);
        }

        async Task BeginAsync()
        {
            Assert.NotNull(await console.TypeAsync($"stream {address}{(withPings ? " ping" : "")} > /run/{to} 2>&1 &", SharedLab.Token));
            _opened[to] = new Opened(console, from, StreamLog.Nothing);
        }
    }

    // What a guest knows of its network, for whoever reads of a failure.
    private async Task<string> NetworkAsync(string machine) =>
        $"`{machine}` says: {await new GuestConsole(lab.Cluster, machine).TypeAsync("ip -4 addr show eth0; ip route; ip neigh; head -n 5 /run/*", SharedLab.Token) ?? "nothing"}";

    /// <summary>The connection is the one that was opened, goes on, and has brought every line once and in order; the other end's memory and disk are good.</summary>
    public async Task WholeAsync(string to)
    {
        var before = await ReadAsync(to);
        AssertWhole(before);
        await lab.Cluster.UntilAsync($"more comes from `{to}`", async () => (await ReadAsync(to)) is var now && (now.HasEnded || (now.Lines > before.Lines && now.Rounds > before.Rounds)), SharedLab.Token);
        AssertWhole(_opened[to].Log);
    }

    public IEnumerable<string> Names => _opened.Keys;

    /// <summary>Begins to measure: what was said before belongs to no move.</summary>
    public async Task<StreamLog?> BeforeAsync(string machine) => _opened.ContainsKey(machine) ? await ReadAsync(machine) : null;

    /// <summary>Notes how long a move that has ended was felt; does nothing for a machine without a stream.</summary>
    public async Task AfterAsync(string machine, ApiClient api)
    {
        if (!_opened.ContainsKey(machine)) return;
        // The second in which the pause fell has to be over before it is said.
        await Task.Delay(_round, TimeProvider.System, SharedLab.Token);
        var log = await ReadAsync(machine);
        AssertWhole(log);
        var moves = await api.ListAllAsync<MachineMigration>(new ListQuery { Namespace = "default", FieldSelector = $"spec.machine={machine}" }, SharedLab.Token);
        var status = moves.Items.Select(move => move.Status).Where(move => move?.Phase == MigrationPhase.Completed).MaxBy(move => move!.CompletedAt)!;
        var seconds = (status.CompletedAt - status.StartedAt)!.Value.TotalSeconds;
        _pauses.Add(string.Create(CultureInfo.InvariantCulture, $"| {_pauses.Count + 1} | {machine} | {status.SourceNode} → {status.TargetNode} | {seconds:0} | {status.Source?.DowntimeMilliseconds} | {log.Gap} | {log.PingGap} | {log.Lines} | {log.Rounds} |"));
    }

    /// <summary>The table of all moves so far, in the test's output.</summary>
    public void Print()
    {
        var table = string.Join('\n', ["| Move | Machine | Hosts | s | Guest stood still, ms | Longest gap in the stream, ms | Longest gap of pings, ms | Lines so far | Rounds so far |", "|---|---|---|---|---|---|---|---|---|", .. _pauses]);
        TestContext.Current.TestOutputHelper?.WriteLine(table);
    }

    private static void AssertWhole(StreamLog log)
    {
        Assert.False(log.HasEnded, $"the connection has ended: {log}");
        Assert.Equal((0L, 0L), (log.Wrong, log.Bad));
    }

    private async Task<StreamLog> ReadAsync(string to)
    {
        var opened = _opened[to];
        string? text = null;
        // The way to the console may be by a server that is down: what was said waits in a file of the guest.
        await lab.Cluster.UntilAsync($"`{opened.Peer}` shows what it has read", async () => (text = await opened.Console.TypeAsync(string.Create(CultureInfo.InvariantCulture, $"tail -n +{opened.Log.Said + 1} /run/{to} | head -n {MostLines}"), SharedLab.Token)) is not null, SharedLab.Token);
        var log = opened.Log.Then(text!);
        _opened[to] = opened with { Log = log };
        return log;
    }
}
