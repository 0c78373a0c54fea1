using Rempart.Protocols.Ovsdb;
using Rempart.Runtime.Controllers;

namespace Rempart.Controllers.Networking;

/// <summary>The controllers of the network kinds. They share one process, for the fabric tells the others what is in OVN.</summary>
public static class NetworkControllers
{
    /// <param name="file">what `rempart-node network up` wrote.</param>
    /// <param name="identity">for databases that are reached over TLS; null when they are on this host.</param>
    /// <param name="time">the clock.</param>
    public static IReadOnlyList<ControllerRegistration> Create(NetworkFabricFile file, NetworkIdentity? identity, TimeProvider time)
    {
        var progress = new FabricProgress();
        var northbound = new OvsdbClient(new OvsdbClientOptions
        {
            Database = NorthboundSchema.Database,
            Endpoints = file.Endpoints,
            Credentials = identity is null ? null : () => new OvsdbCredentials(identity.Certificate(), identity.Trust),
            LeaderOnly = file.Central is not null,
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
