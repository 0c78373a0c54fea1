using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Instance.Tests.Instances;

namespace Rempart.Instance.Tests.Crashes;

/// <summary>One machine and one image of a project: what is asked of them, and whether it is so.</summary>
internal sealed class CrashWorld(RunningInstance instance, CancellationToken stop)
{
    public const string Project = "crashes";
    private const string Name = "m";
    private const string ImageName = "crashes-upload";
    private const string Root = $"{Name}-root";
    private const int ImageBytes = 4 << 20;

    private static readonly ListQuery InProject = new() { Namespace = Project };

    // The root volume that a try began with, by the try.
    private readonly Dictionary<string, string> _volumes = new(StringComparer.Ordinal);

    private ApiClient Api => instance.Api;

    /// <summary>The project and a network whose subnet is known.</summary>
    public async Task<bool> HasProjectAsync()
    {
        if (await Api.FindAsync<Namespace>(null, Project, stop) is null) await Api.CreateAsync(new Namespace { Metadata = new() { Name = Project } }, stop);
        if (await Api.FindAsync<Network>(Project, "lan", stop) is null)
            await Api.CreateAsync(new Network { Metadata = new() { Namespace = Project, Name = "lan" }, Spec = new() { Type = "Routed", Subnet = "10.77.77.0/24" } }, stop);
        return true;
    }

    public async Task<bool> IsRunningAsync() => await FindAsync() is { Status.Phase: MachinePhase.Running };

    public async Task<bool> IsStoppedAsync() => await FindAsync() is { Status.Phase: MachinePhase.Stopped };

    public async Task<bool> IsGoneAsync() => await FindAsync() is null;

    public async Task<bool> HasRestartedAsync(string id) =>
        await FindAsync() is { Status: { Phase: MachinePhase.Running, OperationResult: { Outcome: "Succeeded" } result } } && result.Id == id;

    /// <summary>Whether a node holds the image; its bytes are sent again when that was cut, as a client does.</summary>
    public async Task<bool> HasImageAsync(string id)
    {
        await UploadAsync(id);
        return await Api.FindAsync<Image>(null, ImageName, stop) is { Status.Phase: "Ready" };
    }

    /// <summary>Whether nothing of an earlier try is left in the API; what is, is deleted.</summary>
    public async Task<bool> HasNothingAsync()
    {
        var (machine, image) = (await FindAsync(), await Api.FindAsync<Image>(null, ImageName, stop));
        if (machine is { Metadata.DeletionTimestamp: null }) await DeleteMachineAsync();
        if (image is { Metadata.DeletionTimestamp: null }) await Api.DeleteAsync<Image>(null, ImageName, null, stop);
        if (machine is not null || image is not null) return false;
        // What belonged to it goes after it: its changes would count as steps of the next one.
        return (await Api.ListAllAsync<Volume>(InProject, stop)).Items.Count == 0 && (await Api.ListAllAsync<NetworkInterface>(InProject, stop)).Items.Count == 0;
    }

    /// <summary>Whether the machine runs; made or started when it does not.</summary>
    public async Task<bool> RunsAsync()
    {
        var machine = await FindAsync();
        if (machine is null) await CreateMachineAsync();
        else if (machine.Spec.PowerState == PowerState.Stopped) await PowerAsync(machine, PowerState.Running);
        return machine is { Status.Phase: MachinePhase.Running, Metadata.DeletionTimestamp: null, Spec.PowerState: not PowerState.Stopped };
    }

    /// <summary>Whether the machine is off and has a root volume, which is remembered for the try.</summary>
    public async Task<bool> IsOffWithVolumeAsync(string id)
    {
        var machine = await FindAsync();
        if (machine is not { Status.Phase: MachinePhase.Stopped, Spec.PowerState: PowerState.Stopped })
        {
            if (await RunsAsync()) await OperateAsync("stop", Guid.NewGuid().ToString());
            return false;
        }
        if (await VolumeAsync() is not { Status.Phase: "Ready" } volume) return false;
        _volumes[id] = volume.Metadata.Uid!;
        return true;
    }

    /// <summary>Deletes the root volume and starts the machine: its disk begins anew as a clone of the image.</summary>
    public async Task BeginAnewAsync(string id)
    {
        if (await VolumeAsync() is { Metadata.DeletionTimestamp: null } volume && volume.Metadata.Uid == _volumes[id]) await Api.DeleteAsync<Volume>(Project, Root, null, stop);
        if (await FindAsync() is { Spec.PowerState: PowerState.Stopped } machine) await PowerAsync(machine, PowerState.Running);
    }

    public async Task<bool> HasBegunAnewAsync(string id)
    {
        // Two requests: the second may have met a change of the machine's, and is made again.
        await BeginAnewAsync(id);
        return await IsRunningAsync() && await VolumeAsync() is { Status.Phase: "Ready" } volume && volume.Metadata.Uid != _volumes[id];
    }

    public Task OperateAsync(string verb, string id) => Api.PostAsync<MachineOperationRequest, VirtualMachine>(
        KindInfo.Of<VirtualMachine>().Path(Project, Name, verb), new MachineOperationRequest { ApiVersion = "compute.rempart.dev/v1", Kind = nameof(MachineOperationRequest), Id = id, Force = true }, stop);

    public Task DeleteMachineAsync() => Api.DeleteAsync<VirtualMachine>(Project, Name, new DeleteOptions { GracePeriodSeconds = 0 }, stop);

    /// <summary>Its MAC and IP address are always the same: a claim that the one before left would refuse it.</summary>
    public Task CreateMachineAsync() => Api.CreateAsync(new VirtualMachine
    {
        Metadata = new() { Namespace = Project, Name = Name },
        Spec = new() { Template = MicroTemplate.Name, Class = MicroTemplate.Name, NetworkInterfaces = [new() { Name = "lan", Network = "lan", Mac = "52:54:00:0c:0c:01", Address = "10.77.77.77" }] },
    }, stop);

    /// <summary>A disk with bytes of its own for each try, unless it is there.</summary>
    public async Task UploadAsync(string id)
    {
        var bytes = new byte[ImageBytes];
        new Random(StringComparer.Ordinal.GetHashCode(id)).NextBytes(bytes);
        var image = await Api.FindAsync<Image>(null, ImageName, stop) ?? await Api.CreateAsync(MicroTemplate.Image(ImageName, "Disk", bytes), stop);
        if (image.Status?.Phase != "Ready") await MicroTemplate.SendAsync(Api, ImageName, bytes, stop);
    }

    private Task<VirtualMachine?> FindAsync() => Api.FindAsync<VirtualMachine>(Project, Name, stop);

    private Task<Volume?> VolumeAsync() => Api.FindAsync<Volume>(Project, Root, stop);

    private Task<VirtualMachine> PowerAsync(VirtualMachine machine, string state) => Api.UpdateAsync(machine with { Spec = machine.Spec with { PowerState = state } }, stop);
}
