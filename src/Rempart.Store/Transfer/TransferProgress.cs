using System.Runtime.InteropServices;

namespace Rempart.Store.Transfer;

/// <summary>How far a transfer is.</summary>
/// <param name="Step">What is being done: <c>copying</c> or <c>checking</c>.</param>
/// <param name="Done">Entries dealt with.</param>
/// <param name="Total">Of how many.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct TransferProgress(string Step, long Done, long Total);
