using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Controllers.Networking;

namespace Rempart.Controllers.Tests.Networking;

public sealed class MovingPortTests
{
    [Fact]
    public void Ports_are_ready_on_the_target_from_the_choice_of_it_to_the_commit()
    {
        Assert.Null(FabricReader.TargetOf(Move(MigrationPhase.Pending, null)));
        Assert.Equal("host2", FabricReader.TargetOf(Move(MigrationPhase.Preparing, "host2")));
        Assert.Equal("host2", FabricReader.TargetOf(Move(MigrationPhase.Switching, "host2")));
        Assert.Null(FabricReader.TargetOf(Move(MigrationPhase.Failed, "host2")));
        var arrived = Move(MigrationPhase.Switching, "host2");
        Assert.Null(FabricReader.TargetOf(arrived with { Status = arrived.Status! with { Conditions = [new Condition { Type = MigrationMarks.Committed, Status = "True" }] } }));
    }

    private static MachineMigration Move(string phase, string? target) => new()
    {
        Metadata = new ObjectMeta { Name = "x" },
        Spec = new MachineMigrationSpec { Machine = "m" },
        Status = new MachineMigrationStatus { Phase = phase, TargetNode = target, MachineUid = "u" },
    };
}
