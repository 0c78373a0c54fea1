using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Networking;

namespace Rempart.Instance.Tests.Crashes;

/// <summary>What is under way when something is killed.</summary>
/// <param name="Name">For the table.</param>
/// <param name="Before">The phase that the machine must be in before it begins; null for no machine.</param>
/// <param name="Begin">Begins it; the text is this try's own request id, so that asking twice is asking once.</param>
/// <param name="IsDone">Whether the world is as it was asked to be, by the machine; null when there is none.</param>
internal sealed record Operation(string Name, string? Before, Func<ApiClient, string, CancellationToken, Task> Begin, Func<VirtualMachine?, string, bool> IsDone)
{
    public const string Project = "crashes";
    public const string Machine = "m";

    public static IReadOnlyList<Operation> All { get; } =
    [
        new("stop", MachinePhase.Running, (api, id, stop) => OperateAsync(api, "stop", id, stop), (machine, _) => machine?.Status?.Phase == MachinePhase.Stopped),
        new("restart", MachinePhase.Running, (api, id, stop) => OperateAsync(api, "restart", id, stop),
            (machine, id) => machine?.Status is { Phase: MachinePhase.Running, OperationResult: { Outcome: "Succeeded" } result } && result.Id == id),
        new("delete", MachinePhase.Running, (api, _, stop) => api.DeleteAsync<VirtualMachine>(Project, Machine, null, stop), (machine, _) => machine is null),
        new("create", null, (api, _, stop) => api.CreateAsync(New(), stop), (machine, _) => machine?.Status?.Phase == MachinePhase.Running),
    ];

    /// <summary>A network whose subnet is known.</summary>
    public static Network Network() => new() { Metadata = new() { Namespace = Project, Name = "lan" }, Spec = new() { Type = "Routed", Subnet = "10.77.77.0/24" } };

    /// <summary>Its MAC and IP address are always the same: a claim that the one before left would refuse it.</summary>
    public static VirtualMachine New() => new()
    {
        Metadata = new() { Namespace = Project, Name = Machine },
        Spec = new() { Template = "debian-12", Class = "small", NetworkInterfaces = [new() { Name = "lan", Network = "lan", Mac = "52:54:00:0c:0c:01", Address = "10.77.77.77" }] },
    };

    private static Task<VirtualMachine> OperateAsync(ApiClient api, string verb, string id, CancellationToken stop) => api.PostAsync<MachineOperationRequest, VirtualMachine>(
        KindInfo.Of<VirtualMachine>().Path(Project, Machine, verb), new MachineOperationRequest { ApiVersion = "compute.rempart.dev/v1", Kind = nameof(MachineOperationRequest), Id = id, Force = true }, stop);
}
