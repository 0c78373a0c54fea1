using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;

namespace Rempart.ApiServer.Admission;

/// <summary>The declaration "one writer a field" of our kinds, which the server enforces. What is in no line is written by the server alone.</summary>
internal static class FieldWriters
{
    private const string AnyNode = "system:node:*";
    private const string Migrations = "system:controller:migration";

    public static IReadOnlyList<FieldWriter> All { get; } =
    [
        Of<VirtualMachine>(AnyNode, ["phase", "observedGeneration", "accelerator", "startedAt", "restartCount", "lastExit", "operationResult"], ["Running", "GuestReady"]),
        Of<VirtualMachine>("system:controller:machine", ["phase", "volumes", "networkInterfaces", "addresses"], ["VolumesReady", "NetworkReady"]),
        Of<VirtualMachine>("system:controller:scheduler", [], ["Scheduled"]),
        Of<VirtualMachine>("system:controller:template", [], ["TemplateApproved"]),
        Of<VirtualMachine>("system:controller:node", [], ["Running", "GuestReady"]),
        Of<MachineMigration>(Migrations, ["phase", "reason", "message", "startedAt", "completedAt", "sourceNode", "targetNode", "runGeneration"], []),
        // NodeAdmission says which node is the source and which the target.
        Of<MachineMigration>(AnyNode, ["source", "target"], []),
        Of<MachineTemplate>("system:controller:template", [], ["Approved", "ImagesReady"]),
        Of<Network>("system:controller:network", ["subnet", "gateway", "dnsServer", "observedGeneration"], ["Ready"]),
        Of<NetworkInterface>("system:controller:network-interface", ["mac", "addresses", "portName", "mtu", "observedGeneration"], ["Allocated", "Ready"]),
        Of<NetworkInterface>(AnyNode, [], ["Bound"]),
        Of<SecurityGroup>("system:controller:security-group", ["observedGeneration"], ["Ready"]),
        Of<Volume>(AnyNode, ["phase", "nodeName", "pool", "size", "used", "observedGeneration"], ["Ready"]),
        Of<StoragePool>(AnyNode, ["nodeName", "capacity", "available"], ["Ready"]),
        Of<HostMaintenance>("system:controller:maintenance", ["phase", "message", "cordoned", "startedAt", "drainedAt", "machinesLeft", "machinesMoving", "machinesStopped", "blockers"], []),
        Of<Node>(AnyNode, ["capacity", "allocatable", "phase", "addresses", "daemonEndpoints", "nodeInfo", "images", "volumesInUse", "volumesAttached", "runtimeHandlers", "features"], ["*"]),
        Of<Host>(AnyNode, ["cpu", "memory", "numaNodes", "networkDevices", "disks", "planes", "versions", "tunnels", "pools", "providerNetworks"], [HostMarks.ProfileApplied]),
        Of<HostProfile>("system:controller:host-profile", ["observedGeneration", "hosts", "applied", "failed", "overridden", "message", "failures"], ["Applied"]),
        Of<Node>("system:controller:node", [], ["*"]),
    ];

    /// <summary>Kinds whose whole status is the server's.</summary>
    public static IReadOnlyList<KindInfo> OfServer { get; } = [KindInfo.Of<ResourceQuota>()];

    private static FieldWriter Of<T>(string identity, string[] fields, string[] conditions) where T : ApiObject => new(identity, KindInfo.Of<T>(), fields, conditions);
}
