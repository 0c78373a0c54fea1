using Rempart.Protocols.Ovsdb;
using Rempart.Runtime.Controllers;

namespace Rempart.Controllers.Networking;

/// <summary>The controllers of the network kinds. They share one process, for the fabric tells the others what is in OVN.</summary>
public static class NetworkControllers
{
    /// <param name="file">what `rempart-node network up` wrote.</param>
    /// <param name="time">the clock.</param>
    public static IReadOnlyList<ControllerRegistration> Create(NetworkFabricFile file, TimeProvider time)
    {
        var progress = new FabricProgress();
        var northbound = new OvsdbClient(new OvsdbClientOptions
        {
            Database = NorthboundSchema.Database,
            Endpoints = file.Endpoints,
            Monitor = NorthboundSchema.Monitor,
        }, time);
        return
        [
            DefaultNetworkController.Register(),
            NetworkController.Register(file.Fabric, progress),
            InterfaceController.Register(progress),
            GroupController.Register(progress),
            ClaimController.Register(progress),
            FabricController.Register(file.Fabric, progress, northbound),
        ];
    }
}
