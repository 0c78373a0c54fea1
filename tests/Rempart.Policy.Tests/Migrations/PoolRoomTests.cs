using Rempart.Api.Compute;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.Policy.Migrations;

namespace Rempart.Policy.Tests.Migrations;

public sealed class PoolRoomTests
{
    private const long Gibi = 1L << 30;

    [Fact]
    public void What_plainly_does_not_fit_is_told_with_its_figures()
    {
        var host = Host(("fast", "/mnt/fast", 3 * Gibi), ("local", null, 9 * Gibi));
        Assert.Null(PoolRoom.Obstacle(host, [new("a", "fast", 3 * Gibi)], []));
        Assert.Equal("has 3Gi free in pool `fast`, and volume `a` needs 3073Mi: delete volumes there, or make its file system larger", PoolRoom.Obstacle(host, [new("a", "fast", (3 * Gibi) + 1)], []));
        // Each by itself would fit, and so would both in two pools.
        Assert.StartsWith("has 3Gi free in pool `fast`, and volumes `a`, `b` need 4Gi: ", PoolRoom.Obstacle(host, [new("b", "fast", 2 * Gibi), new("a", "fast", 2 * Gibi)], []), StringComparison.Ordinal);
        Assert.Null(PoolRoom.Obstacle(host, [new("b", "fast", 2 * Gibi), new("a", "local", 2 * Gibi)], []));
        Assert.StartsWith("has 3Gi free in pool `fast`, 2Gi of it for other moves under way, and volume `a` needs 2Gi: ", PoolRoom.Obstacle(host, [new("a", "fast", 2 * Gibi)], [new("x", "fast", 2 * Gibi), new("y", "local", 8 * Gibi)]), StringComparison.Ordinal);
    }

    [Fact]
    public void Pools_beside_the_agent_share_its_file_system_also_those_that_are_not_there_yet()
    {
        var host = Host(("bulk", null, 9 * Gibi), ("fast", "/mnt/fast", Gibi), ("local", null, 9 * Gibi));
        Assert.Null(PoolRoom.Obstacle(host, [new("a", "new", 5 * Gibi)], [new("x", "local", 4 * Gibi)]));
        Assert.StartsWith("has 9Gi free in pool `new`, 5Gi of it for other moves under way, and volume `a` needs 5Gi", PoolRoom.Obstacle(host, [new("a", "new", 5 * Gibi)], [new("x", "local", 4 * Gibi), new("y", "bulk", Gibi)]), StringComparison.Ordinal);
        Assert.StartsWith("has 9Gi free in pools `bulk` and `new`, and volumes `a`, `b` need 10Gi", PoolRoom.Obstacle(host, [new("a", "new", 5 * Gibi), new("b", "bulk", 5 * Gibi)], []), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_known_is_taken_to_fit()
    {
        Assert.Null(PoolRoom.Obstacle(null, [new("a", "fast", 1L << 50)], []));
        Assert.Null(PoolRoom.Obstacle(Host(), [new("a", "fast", 1L << 50)], []));
        // Its disk is not mounted, or it was told of the pool a moment ago: what lies beside the agent says nothing of it.
        var told = Host(("local", null, Gibi)) with { Spec = new() { Profile = "p", Pools = [new() { Name = "fast", Path = "/mnt/fast" }] } };
        Assert.Null(PoolRoom.Obstacle(told, [new("a", "fast", 1L << 50)], []));
        // No node has said yet what it has.
        Assert.Null(PoolRoom.Obstacle(Host(("fast", "/mnt/fast", 0)), [new("a", "fast", 0)], []));
    }

    [Fact]
    public void What_is_close_passes_since_a_node_tells_what_is_free_anew_when_it_changed_by_a_hundredth()
    {
        var host = Host(("fast", "/mnt/fast", 3 * Gibi));
        host = host with { Status = host.Status! with { Pools = [host.Status.Pools![0] with { Capacity = Quantity.FromBytes(200 * Gibi) }] } };
        Assert.Null(PoolRoom.Obstacle(host, [new("a", "fast", 5 * Gibi)], []));
        Assert.NotNull(PoolRoom.Obstacle(host, [new("a", "fast", (5 * Gibi) + 1)], []));
    }

    [Fact]
    public void A_pool_whose_folder_is_not_ready_takes_nothing()
    {
        var host = Host(("fast", "/mnt/fast", 3 * Gibi), ("local", null, 9 * Gibi));
        host = host with { Status = host.Status! with { Pools = [host.Status.Pools![0] with { Ready = false, Message = "`/mnt/fast` is not there" }, host.Status.Pools[1]] } };
        Assert.Equal("does not have pool `fast` ready: `/mnt/fast` is not there", PoolRoom.Obstacle(host, [new("a", "fast", 0)], []));
        Assert.Null(PoolRoom.Obstacle(host, [new("a", "local", Gibi)], []));
    }

    [Fact]
    public void A_node_that_lies_takes_no_more_room_than_its_volumes_can_have()
    {
        var machine = new VirtualMachine { Metadata = new() { Namespace = "p", Name = "web" }, Spec = new() { Template = "t", Class = "c" }, Status = new() { Volumes = [new() { Name = "root", ObjectName = "a" }, new() { Name = "data", ObjectName = "b" }] } };
        var move = new MachineMigration { Metadata = new() { Namespace = "p", Name = "x" }, Spec = new() { Machine = "web" }, Status = new() { Source = new() { Progress = new() { Disks = new() { TransferredBytes = long.MinValue } } } } };
        var disks = DiskDemand.Of(move, machine, stays: false, name => Of(name, "local", long.MaxValue) is var lies && name == "a" ? lies with { Spec = new() { Size = Quantity.FromBytes(Gibi) } } : lies);
        Assert.Equal([new DiskDemand("a", "local", Gibi), new DiskDemand("b", "local", 65_536 * Gibi)], disks);
        Assert.Equal(disks, DiskDemand.Left(move, disks));
        Assert.Equal(0, Assert.Single(DiskDemand.Of(move, machine with { Status = new() { Volumes = [new() { Name = "root", ObjectName = "a" }] } }, stays: false, name => Of(name, "local", -5))).Bytes);
    }

    [Fact]
    public void A_move_copies_what_goes_to_another_pool_or_all_of_it_to_another_host()
    {
        var machine = new VirtualMachine { Metadata = new() { Namespace = "p", Name = "web" }, Spec = new() { Template = "t", Class = "c" }, Status = new() { Volumes = [new() { Name = "root", ObjectName = "web-root" }, new() { Name = "data", ObjectName = "web-data" }] } };
        var move = new MachineMigration { Metadata = new() { Namespace = "p", Name = "x" }, Spec = new() { Machine = "web", Volumes = [new() { Name = "web-data", Pool = "fast" }, new() { Name = "web-root", Pool = "local" }] } };
        Volume? Find(string name) => name switch
        {
            "web-root" => Of(name, "local", 2 * Gibi),
            "web-data" => Of(name, null, Gibi),
            _ => null,
        };
        // The root is there already.
        Assert.Equal([new DiskDemand("web-data", "fast", Gibi)], DiskDemand.Of(move, machine, stays: true, Find));
        Assert.Equal([new DiskDemand("web-root", "local", 2 * Gibi), new DiskDemand("web-data", "fast", Gibi)], DiskDemand.Of(move, machine, stays: false, Find));
        Assert.Equal([new DiskDemand("web-root", "local", 0), new DiskDemand("web-data", "fast", 0)], DiskDemand.Of(move, machine, stays: false, _ => null));
    }

    [Fact]
    public void What_has_arrived_is_not_counted_again()
    {
        var move = new MachineMigration { Metadata = new() { Name = "x" }, Spec = new() { Machine = "web" }, Status = new() };
        IReadOnlyList<DiskDemand> disks = [new("a", "fast", 3 * Gibi), new("b", "local", Gibi)];
        MachineMigration Arrived(long bytes) => move with { Status = new() { Source = new() { Progress = new() { Disks = new() { TransferredBytes = bytes } } } } };
        Assert.Equal(disks, DiskDemand.Left(move, disks));
        Assert.Equal([new DiskDemand("a", "fast", 3 * Gibi / 2), new DiskDemand("b", "local", Gibi / 2)], DiskDemand.Left(Arrived(2 * Gibi), disks));
        // The guest wrote again what was copied.
        Assert.Equal(0, DiskDemand.Left(Arrived(5 * Gibi), disks).Sum(disk => disk.Bytes));
        Assert.Empty(DiskDemand.Left(move with { Status = new() { Conditions = [new() { Type = MigrationMarks.Committed, Status = "True" }] } }, disks));
        Assert.Empty(DiskDemand.Left(move, [new("a", "fast", 0)]));
    }

    private static Host Host(params (string Name, string? Path, long Available)[] pools) => new()
    {
        Metadata = new() { Name = "host2" },
        Status = new() { Pools = [.. pools.Select(pool => new HostPool { Name = pool.Name, Path = pool.Path, Ready = true, Available = Quantity.FromBytes(pool.Available) })] },
    };

    private static Volume Of(string name, string? pool, long used) => new() { Metadata = new() { Namespace = "p", Name = name }, Spec = new(), Status = new() { Pool = pool, Used = Quantity.FromBytes(used) } };
}
