using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Compute;
using Rempart.Api.Storage;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Node.Migration;
using Rempart.Node.Volumes;
using Rempart.Node.Tests.Agent;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Migration;

/// <summary>One agent, <c>h1</c>, over an API in memory without controllers, on a host that is not there, with what an earlier agent noted of a move.</summary>
internal sealed class LoneAgent : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lone-agent-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private Task _agent = Task.CompletedTask;

    internal LoneAgent()
    {
        (Api, Machines) = (new FakeApi(Time), new FakeMachines(Time));
        Settings = new AgentSettings(_folder, new Uri("https://api.test"), "h1");
    }

    internal ManualTime Time { get; } = new();

    internal FakeApi Api { get; }

    internal FakeMachines Machines { get; }

    internal FakeHost Host { get; } = new();

    /// <summary>Pools in the place of the host's own.</summary>
    internal IVolumePools? Pools { get; init; }

    internal AgentSettings Settings { get; }

    internal string Uid { get; } = Guid.NewGuid().ToString("D");

    internal string VolumeUid { get; } = Guid.NewGuid().ToString("D");

    internal string MoveUid { get; } = Guid.NewGuid().ToString("D");

    internal MachineMigration? Move => Api.Find<MachineMigration>("p", "x");

    internal IReadOnlyList<string> Notes => Directory.Exists(Settings.MovesFolder) ? [.. Directory.EnumerateFiles(Settings.MovesFolder).Select(file => Path.GetFileName(file))] : [];

    /// <summary>Its machine, with a volume that has the same host.</summary>
    internal void Seed(string? machineOn, long generation, string? volumeOn)
    {
        if (machineOn is not null)
        {
            Api.Seed(new VirtualMachine
            {
                Metadata = new() { Namespace = "p", Name = "web", Uid = Uid },
                Spec = new() { Template = "t", Class = "small" },
                Status = new() { NodeName = machineOn, RunGeneration = generation, Resources = new() { Cpus = 1, Memory = Rempart.Api.Meta.Quantity.Parse("256Mi") } },
            });
        }
        if (volumeOn is not null) Api.Seed(new Volume { Metadata = new() { Namespace = "p", Name = "web-root", Uid = VolumeUid }, Spec = new(), Status = new() { NodeName = volumeOn } });
    }

    internal void SeedMove(string source, string target, Func<MachineMigrationStatus, MachineMigrationStatus>? change = null)
    {
        var status = new MachineMigrationStatus { Phase = MigrationPhase.Preparing, MachineUid = Uid, SourceNode = source, TargetNode = target, RunGeneration = 1, StartedAt = Time.GetUtcNow() };
        Api.Seed(new MachineMigration { Metadata = new() { Namespace = "p", Name = "x", Uid = MoveUid }, Spec = new() { Machine = "web" }, Status = change?.Invoke(status) ?? status });
    }

    /// <summary>What an agent has that is in the middle of a move: a process, a volume, and notes of all.</summary>
    internal async Task HaveAsync(MoveRole role, Func<MoveNotes, MoveNotes>? change = null)
    {
        await Machines.StartAsync(new MachineLaunch { Uid = Uid, Name = "p/web", MemoryBytes = 1 << 20, Vcpus = 1, Boot = new MachineBoot.Kernel(File.OpenHandle("/dev/null"), null, "") }, CancellationToken.None);
        await Host.EnsureAsync(new(VolumeUid, 1 << 20, null), CancellationToken.None);
        new MachineNotesFolder(Settings.NotesFolder).Write(Uid, new() { Volumes = [VolumeUid] });
        var notes = new MoveNotes { MigrationUid = MoveUid, Namespace = "p", Name = "x", MachineUid = Uid, Machine = "web", Role = role, RunGeneration = 1, Stage = MoveStage.Ready };
        new MoveNotesFolder(Settings.MovesFolder, NullLogger.Instance).Write(change?.Invoke(notes) ?? notes);
    }

    internal void Start()
    {
        var agent = new NodeAgent(Settings, Host.Drivers(Machines) with { Moves = Machines, Volumes = Pools ?? Host }, new AcceleratorChoice(Accelerator.Tcg, "no kvm here"), new HostFacts(2, 4L << 30, new()), Api.Client(), Time, NullLoggerFactory.Instance);
        _agent = agent.RunAsync(_stop.Token);
    }

    internal Task UntilAsync(string what, Func<bool> condition) =>
        Eventually.HoldsAsync(what, Time, TimeSpan.FromMilliseconds(500), () => _agent.IsFaulted || condition(), TestContext.Current.CancellationToken);

    /// <summary>Lets so much time go by, in steps that the agent can follow.</summary>
    internal async Task WaitAsync(TimeSpan span)
    {
        for (var gone = TimeSpan.Zero; gone < span; gone += TimeSpan.FromMilliseconds(500))
        {
            Time.Advance(TimeSpan.FromMilliseconds(500));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_agent);
        _stop.Dispose();
        Api.Dispose();
        Directory.Delete(_folder, recursive: true);
        if (_agent.Exception is { } surprise && !surprise.Flatten().InnerExceptions.All(inner => inner is OperationCanceledException)) Assert.Fail(surprise.ToString());
    }
}
