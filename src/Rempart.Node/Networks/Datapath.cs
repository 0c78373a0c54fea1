namespace Rempart.Node.Networks;

/// <summary>Who forwards packets.</summary>
internal enum Datapath
{
    /// <summary>`ovs-vswitchd` itself: on kernels without the openvswitch module.</summary>
    Userspace,

    /// <summary>The openvswitch kernel module.</summary>
    Kernel,
}
