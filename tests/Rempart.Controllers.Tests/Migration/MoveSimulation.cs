using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Controllers.Migration;
using Rempart.Controllers.Tests.Compute;
using Rempart.Testing.Time;

namespace Rempart.Controllers.Tests.Migration;

/// <summary>
/// A move with all its parties, in steps of one at a time, on a clock of its own. After each step there is at most one copy that runs, and only where the
/// API says that the machine is; in the end it runs on the target, or on the source as before, and nothing is left on the other.
/// </summary>
internal sealed class MoveSimulation
{
    public const string Source = "host1";
    public const string Target = "host2";
    public static readonly string[] Parties = ["controller", "source", "target"];
    private const int MostSteps = 9000;

    private readonly ManualTime _time = new();
    private readonly SimulatedSource _source;
    private readonly SimulatedTarget _target;
    private readonly Dictionary<string, int> _away = [];
    private readonly List<string> _log = [];

    public MoveSimulation()
    {
        var machine = MachineWorld.Machine("m") with { Metadata = new ObjectMeta { Namespace = "p", Name = "m", Uid = "u" } };
        Api = new SimulatedApi(
            machine with { Status = machine.Status! with { NodeName = Source, RunGeneration = 4, Phase = MachinePhase.Running } },
            new MachineMigration
            {
                Metadata = new ObjectMeta { Namespace = "p", Name = "x", Uid = "x-uid", CreationTimestamp = _time.GetUtcNow() },
                Spec = new MachineMigrationSpec { Machine = "m", TimeoutSeconds = 600 },
                Status = new MachineMigrationStatus { Phase = MigrationPhase.Pending, MachineUid = "u" },
            });
        (_source, _target) = (new SimulatedSource(Api, Source), new SimulatedTarget(Api, Target));
    }

    public SimulatedApi Api { get; }

    public bool LosesAnswer
    {
        get => _target.LosesAnswer;
        set => _target.LosesAnswer = value;
    }

    public HostStanding TargetHealth { get; set; } = HostStanding.Ready;

    public string Log => string.Join('\n', _log);

    public bool IsOver => MigrationPhase.IsEnded(Api.Move.Status!.Phase)
        && (MigrationMarks.IsCommitted(Api.Move) ? _target.Copy == Copy.Running && _source.Copy == Copy.None : _source.Copy == Copy.Running && _target.Copy == Copy.None);

    /// <summary>A party does nothing for so many of its turns: it was killed, or is slow.</summary>
    public void Away(string party, int turns) => _away[party] = turns;

    /// <summary>QEMU on the target ends before it was let run.</summary>
    public void Break()
    {
        if (_target.Copy is Copy.Incoming or Copy.Loaded && !MigrationMarks.IsCommitted(Api.Move)) _target.Copy = Copy.None;
    }

    /// <summary>The connection dies when the target has all that it needs and the source's QEMU has more to send: that one lets its guest go on.</summary>
    public void Cut()
    {
        if (_source.Copy == Copy.Paused && _target.Copy == Copy.Loaded) _source.Copy = Copy.Running;
    }

    public void Step(string party, int late)
    {
        _time.Advance(TimeSpan.FromMilliseconds(200));
        if (_away.TryGetValue(party, out var turns) && turns > 0)
        {
            _away[party] = turns - 1;
            return;
        }

        switch (party)
        {
            case "source": _source.Step(_target, late); break;
            case "target": _target.Step(late); break;
            default: Control(late); break;
        }

        _log.Add($"{party}: {Api.Move.Status!.Phase} source {_source.Copy} target {_target.Copy} bound {Api.Machine.Status!.NodeName}");
        Check();
    }

    /// <summary>Goes on without further trouble until it is over.</summary>
    public void Finish()
    {
        for (var step = 0; !IsOver; step++)
        {
            Never(step >= MostSteps, "it is never over");
            if (step % 200 == 199) _time.Advance(TimeSpan.FromMinutes(5));
            Step(Parties[step % 3], 0);
        }
    }

    private void Control(int late)
    {
        var (machine, move, version) = Api.Seen(late);
        var view = new MoveView
        {
            Now = _time.GetUtcNow(), Machine = machine, Source = HostStanding.Ready, Target = TargetHealth, Choose = _ => new MoveTarget(Target, "TargetChosen", ""),
            CommitOverdue = _time.GetUtcNow().Second % 2 == 0,
        };
        var next = MoveCourse.Decide(move, view);
        if (next != move.Status) Api.Decide(version, next);
    }

    private void Check()
    {
        var holder = Api.Machine.Status!.NodeName;
        Never(_source.Copy == Copy.Running && _target.Copy == Copy.Running, "two copies run");
        Never(_source.Copy == Copy.Running && holder != Source, "the source runs what is the target's");
        Never(_target.Copy == Copy.Running && holder != Target, "the target runs what is the source's");
        Never(MigrationMarks.IsCommitted(Api.Move) && Api.Move.Status!.Phase is MigrationPhase.Failed or MigrationPhase.Canceled, "committed and given up");
    }

    private void Never(bool wrong, string what)
    {
        if (wrong) Assert.Fail($"{what}:\n{string.Join('\n', _log.TakeLast(80))}");
    }
}
