namespace Rempart.Node.Migration;

/// <summary>How far this end of a move is, written before it goes on.</summary>
internal enum MoveStage
{
    /// <summary>Makes ready; after a crash it begins anew, since nothing was sent yet.</summary>
    Preparing,

    /// <summary>QEMU has its keys: from here on it says itself how far it is.</summary>
    Ready,

    /// <summary>Of disks alone: what is in the new pools counts from here on, whatever becomes of QEMU. Before it, what is in the old ones.</summary>
    Switched,
}
