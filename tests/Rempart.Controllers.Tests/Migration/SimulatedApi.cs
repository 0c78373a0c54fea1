using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Policy.Migrations;

namespace Rempart.Controllers.Tests.Migration;

/// <summary>One machine and one move of it, as a server keeps them: each write makes a version, a commit is judged and made at once, and who reads may be late.</summary>
internal sealed class SimulatedApi
{
    private readonly List<(VirtualMachine Machine, MachineMigration Move)> _versions = [];

    public SimulatedApi(VirtualMachine machine, MachineMigration move) => _versions.Add((machine, move));

    public VirtualMachine Machine => _versions[^1].Machine;

    public MachineMigration Move => _versions[^1].Move;

    public int Version => _versions.Count;

    /// <summary>What somebody sees who is so many versions late.</summary>
    public (VirtualMachine Machine, MachineMigration Move, int Version) Seen(int late)
    {
        var version = Math.Max(1, _versions.Count - late);
        return (_versions[version - 1].Machine, _versions[version - 1].Move, version);
    }

    /// <summary>The controller writes what it decided on a version; false when there is a newer one.</summary>
    public bool Decide(int version, MachineMigrationStatus status)
    {
        if (version != Version) return false;
        Put(Machine, Move with { Status = status });
        return true;
    }

    public void Say(MigrationSourceStatus source) => Put(Machine, Move with { Status = Move.Status! with { Source = source } });

    public void Say(MigrationTargetStatus target) => Put(Machine, Move with { Status = Move.Status! with { Target = target } });

    public void Change(Func<VirtualMachine, VirtualMachine> machine) => Put(machine(Machine), Move);

    /// <summary>Somebody gives the move up; refused behind the commit, as the server does.</summary>
    public void Cancel()
    {
        if (!MigrationMarks.IsCommitted(Move)) Put(Machine, Move with { Spec = Move.Spec with { Cancel = true } });
    }

    /// <summary>The target asks to commit; true when the machine is its own then.</summary>
    public bool Commit(string node, long run)
    {
        var asked = new MachineBinding { NodeName = node, Migration = Move.Metadata.Name, MigrationUid = Move.Metadata.Uid, RunGeneration = run };
        var verdict = MigrationCommit.Judge(node, asked, Machine, Move);
        if (verdict.Step == CommitStep.Done) return true;
        if (verdict.Step != CommitStep.Commit) return false;
        Put(
            Machine with { Status = Machine.Status! with { NodeName = node, RunGeneration = run + 1 } },
            Move with { Status = Move.Status! with { Conditions = [new Condition { Type = MigrationMarks.Committed, Status = "True" }] } });
        return true;
    }

    private void Put(VirtualMachine machine, MachineMigration move) => _versions.Add((machine, move));
}
