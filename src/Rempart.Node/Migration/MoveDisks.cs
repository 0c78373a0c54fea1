using Rempart.Node.Machines;

namespace Rempart.Node.Migration;

/// <summary>Which disks go along.</summary>
internal static class MoveDisks
{
    private const string Prefix = "disk ";

    /// <summary>Names of the disks that the guest can write, in their order: what is read-only is the same on every host.</summary>
    internal static IReadOnlyList<string> Written(MachineRecord record) =>
        [.. (record.Shape?.Devices ?? []).Where(device => device.StartsWith(Prefix, StringComparison.Ordinal)).Select(device => device[Prefix.Length..].Split(' ')[0])];
}
