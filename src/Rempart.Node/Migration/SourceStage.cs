namespace Rempart.Node.Migration;

/// <summary>How far a source is, as its QEMU says.</summary>
internal enum SourceStage
{
    /// <summary>Disks or memory are being sent; the guest runs.</summary>
    Sending,

    /// <summary>The guest stands still and the rest of it is being sent.</summary>
    Switching,

    /// <summary>All was sent. The guest stands still, and runs here again only if the API says that the move has ended without commit.</summary>
    Sent,

    /// <summary>It can't go on; QEMU has let the guest run on here. What the target has must not be used, and nobody may commit it.</summary>
    Failed,
}
