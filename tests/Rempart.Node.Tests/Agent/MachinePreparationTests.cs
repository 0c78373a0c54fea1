using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Node.Agent;
using Rempart.Testing.Api;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Agent;

/// <summary>Names of volumes are the tenant's to give away: what the machine's status names is looked at again before it boots.</summary>
public sealed class MachinePreparationTests
{
    private const string Approved = "sha256:1111111111111111111111111111111111111111111111111111111111111111";
    private const string Other = "sha256:2222222222222222222222222222222222222222222222222222222222222222";
    private const string Mine = "00000000-0000-0000-0000-000000000001";

    private readonly ManualTime _time = new();
    private readonly FakeHost _host = new();

    [Fact]
    public async Task Volumes_that_are_the_machines_own_and_begin_as_its_template_says_are_opened()
    {
        using var launch = await PrepareAsync(Volume("root", Mine, Approved), Volume("data", Mine, digest: null));
        Assert.Equal(["disk0", "disk1", "seed"], launch.Disks.Select(disk => disk.Name));
        Assert.Equal(2, _host.Left.Count(left => left.StartsWith("volume ", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(Mine, Other, null, null, "VolumeDiffers", "volume `root` does not begin with what the machine's template says; delete it, and the right one is made")]
    [InlineData(Mine, null, null, null, "VolumeDiffers", "volume `root` does not begin with what the machine's template says; delete it, and the right one is made")]
    [InlineData("another", Approved, null, null, "VolumeTaken", "volume `root` does not belong to this machine; delete it, and the right one is made")]
    [InlineData(Mine, Approved, Approved, null, "VolumeDiffers", "volume `data` does not begin with what the machine's template says; delete it, and the right one is made")]
    [InlineData(Mine, Approved, null, "debian-12", "VolumeDiffers", "volume `data` does not begin with what the machine's template says; delete it, and the right one is made")]
    public async Task A_volume_that_was_swapped_is_neither_made_nor_booted(string owner, string? rootDigest, string? dataDigest, string? dataImage, string reason, string message)
    {
        var refused = await Assert.ThrowsAsync<NotReadyException>(() => PrepareAsync(Volume("root", owner, rootDigest), Volume("data", Mine, dataDigest, dataImage)));
        Assert.Equal((reason, message), (refused.Reason, refused.Message));
        Assert.DoesNotContain(_host.Left, left => !left.StartsWith("volume uid-root", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_volume_is_made_in_the_pool_that_it_names_else_in_the_default_one_and_says_so()
    {
        var data = Volume("data", Mine, digest: null);
        using var api = new FakeApi(_time);
        api.Seed(new StoragePool { Metadata = new() { Name = "local" }, Spec = new() { Type = "Directory" } });
        api.Seed(new StoragePool { Metadata = new() { Name = "ssd" }, Spec = new() { Type = "Directory", Default = true } });
        api.Seed(new StoragePool { Metadata = new() { Name = "slow" }, Spec = new() { Type = "Directory" } });
        using var launch = await PrepareAsync(Volume("root", Mine, Approved), data with { Spec = data.Spec with { Pool = "slow" } }, api);
        Assert.Equal(("ssd", "slow"), (api.Find<Volume>("p", "root")!.Status!.Pool, api.Find<Volume>("p", "data")!.Status!.Pool));
    }

    [Fact]
    public async Task A_volume_of_a_pool_that_does_not_exist_is_not_made()
    {
        var data = Volume("data", Mine, digest: null);
        var refused = await Assert.ThrowsAsync<NotReadyException>(() => PrepareAsync(Volume("root", Mine, Approved), data with { Spec = data.Spec with { Pool = "slow" } }));
        Assert.Equal(("PoolUnknown", "volume `data` is to be in storagepool `slow`, which does not exist"), (refused.Reason, refused.Message));
        Assert.DoesNotContain("volume uid-data", _host.Left);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("h1")]
    public async Task A_volume_that_is_being_deleted_is_not_made(string? holder)
    {
        var data = Volume("data", Mine, digest: null);
        var deleted = data with { Metadata = data.Metadata with { DeletionTimestamp = _time.GetUtcNow() }, Status = new() { NodeName = holder } };
        var refused = await Assert.ThrowsAsync<NotReadyException>(() => PrepareAsync(Volume("root", Mine, Approved), deleted));
        Assert.Equal("VolumeDeleting", refused.Reason);
        Assert.DoesNotContain("volume uid-data", _host.Left);
    }

    private async Task<Rempart.Node.Machines.MachineLaunch> PrepareAsync(Volume root, Volume data)
    {
        using var api = new FakeApi(_time);
        return await PrepareAsync(root, data, api);
    }

    private async Task<Rempart.Node.Machines.MachineLaunch> PrepareAsync(Volume root, Volume data, FakeApi api)
    {
        api.Seed(root);
        api.Seed(data);
        api.Seed(new NetworkInterface
        {
            Metadata = new() { Namespace = "p", Name = "web-default", Uid = "nic" },
            Spec = new() { Network = "default" },
            Status = new() { Mac = "52:54:00:00:00:01", Conditions = [new() { Type = "Ready", Status = "True" }] },
        });
        var machine = new VirtualMachine
        {
            Metadata = new() { Namespace = "p", Name = "web", Uid = Mine },
            Spec = new() { Template = "debian", Class = "small", Volumes = [new() { Name = "data", Size = Quantity.Parse("1Gi") }] },
            Status = new()
            {
                Template = new()
                {
                    Os = new() { Family = "linux", Name = "debian" },
                    RootDisk = new() { Image = "debian-12", Digest = Approved },
                    Boot = new() { Firmware = "Direct", Kernel = new() { Image = "kernel", Digest = Approved } },
                    Classes = ["small"],
                },
                Resources = new() { Cpus = 1, Memory = Quantity.Parse("256Mi") },
                Volumes = [new() { Name = "root", ObjectName = "root" }, new() { Name = "data", ObjectName = "data" }],
                NetworkInterfaces = [new() { Name = "default", ObjectName = "web-default" }],
            },
        };
        using var client = api.Client();
        return await new MachinePreparation(client, _host.Drivers(new FakeMachines(_time)), "h1", _time).PrepareAsync(machine, (_, _) => { }, arriving: null, TestContext.Current.CancellationToken);
    }

    private static Volume Volume(string name, string owner, string? digest, string? image = null) => new()
    {
        Metadata = new()
        {
            Namespace = "p",
            Name = name,
            Uid = $"uid-{name}",
            Finalizers = [VolumeMarks.Finalizer],
            OwnerReferences = [new() { ApiVersion = "compute.rempart.dev/v1", Kind = nameof(VirtualMachine), Name = "web", Uid = owner, Controller = true }],
        },
        Spec = new() { Size = Quantity.Parse("2Gi"), Source = digest is null && image is null ? null : new() { Digest = digest, Image = image } },
    };
}
