namespace Rempart.Node.Migration;

/// <summary>What is true at the source after a step.</summary>
/// <param name="Stage">how far it is.</param>
/// <param name="Memory">what QEMU says of memory.</param>
/// <param name="Jobs">what it says of disks.</param>
/// <param name="Failure">why it can't go on, when it can't.</param>
internal sealed record SourceView(SourceStage Stage, QemuMigration Memory, IReadOnlyList<QemuJob> Jobs, string? Failure = null);
