using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Controllers.Migration;
using Rempart.Controllers.Tests.Compute;
using Rempart.Testing.Api;

namespace Rempart.Controllers.Tests.Migration;

/// <summary>Two hosts, a machine on the first, and the controller of moves; stories say what its nodes would.</summary>
internal static class ControlledMoves
{
    public static ControllerWorld World(string memory, params Rempart.Runtime.Controllers.ControllerRegistration[] others)
    {
        var world = new ControllerWorld(TestContext.Current.CancellationToken, [MigrationController.Registration, .. others]);
        foreach (var node in (string[])["host1", "host2"]) world.Api.Seed(MachineWorld.Node(node, world.Time.GetUtcNow().AddYears(1)));
        world.Api.Seed(MachineWorld.Image("host1", "host2"));
        world.Api.Seed(Machine("a", memory));
        return world;
    }

    public static VirtualMachine Machine(string name, string memory)
    {
        var machine = MachineWorld.Machine(name, memory: memory);
        return machine with { Status = machine.Status! with { NodeName = "host1", RunGeneration = 1, Phase = MachinePhase.Running } };
    }

    public static VirtualMachine Bound(ControllerWorld world, string name, string node, long run)
    {
        var machine = world.Api.Find<VirtualMachine>("p", name)!;
        return machine with { Status = machine.Status! with { NodeName = node, RunGeneration = run } };
    }

    public static Host Host(string name, string[] flags) => new() { Metadata = new ObjectMeta { Name = name }, Status = new() { Cpu = new() { Vendor = "GenuineIntel", Flags = flags } } };

    public static MachineMigration New(string name, string machine, string? target) => new()
    {
        Metadata = new ObjectMeta { Namespace = "p", Name = name, Finalizers = [MigrationMarks.Finalizer] },
        Spec = new MachineMigrationSpec { Machine = machine, TargetNode = target, TimeoutSeconds = 600 },
    };

    // When the controller has seen what there is: its caches are not one.
    public static async Task MoveAsync(ControllerWorld world, string name, string machine, string? target = null)
    {
        await world.SettleAsync();
        world.Api.Seed(New(name, machine, target) with { Status = new() { Phase = MigrationPhase.Pending, MachineUid = Uid(world, machine) } });
    }

    public static async Task DisksAsync(ControllerWorld world, string name, string machine)
    {
        await world.SettleAsync();
        world.Api.Seed(Disks(world, name, machine));
    }

    public static MachineMigration Disks(ControllerWorld world, string name, string machine)
    {
        var move = New(name, machine, null);
        return move with { Spec = move.Spec with { Volumes = [new() { Name = $"{machine}-root", Pool = "fast" }] }, Status = new() { Phase = MigrationPhase.Pending, MachineUid = Uid(world, machine) } };
    }

    public static void HasVolume(ControllerWorld world, string machine, string used)
    {
        world.Api.Seed(new Volume { Metadata = new() { Namespace = "p", Name = $"{machine}-root" }, Spec = new(), Status = new() { Phase = "Ready", NodeName = "host1", Pool = StoragePool.Home, Used = Quantity.Parse(used) } });
        var found = world.Api.Find<VirtualMachine>("p", machine)!;
        world.Api.Seed(found with { Status = found.Status! with { Volumes = [new() { Name = "root", ObjectName = $"{machine}-root" }] } });
    }

    public static Host Pools(string node, string available) => new()
    {
        Metadata = new() { Name = node }, Spec = new() { Profile = "p", Pools = [new() { Name = "fast", Path = "/mnt/fast" }] },
        Status = new() { Pools = [new() { Name = "fast", Path = "/mnt/fast", Ready = true, Available = Quantity.Parse(available) }, new() { Name = StoragePool.Home, Ready = true, Available = Quantity.Parse(available) }] },
    };

    public static void Say(ControllerWorld world, string name, Func<MachineMigrationStatus, MachineMigrationStatus> change)
    {
        var move = world.Api.Find<MachineMigration>("p", name)!;
        world.Api.Seed(move with { Status = change(move.Status!) });
    }

    public static void NotReady(ControllerWorld world, string node)
    {
        var found = world.Api.Find<Node>(null, node)!;
        world.Api.Seed(found with { Status = found.Status! with { Conditions = [new() { Type = "Ready", Status = "Unknown" }] } });
    }

    public static string Uid(ControllerWorld world, string machine) => world.Api.Find<VirtualMachine>("p", machine)!.Metadata.Uid!;

    public static bool Finalizer(ControllerWorld world, string name) => world.Api.Find<MachineMigration>("p", name)!.Metadata.Finalizers?.Contains(MigrationMarks.Finalizer) == true;

    public static MachineMigrationStatus Status(ControllerWorld world, string name) => world.Api.Find<MachineMigration>("p", name)!.Status!;
}
