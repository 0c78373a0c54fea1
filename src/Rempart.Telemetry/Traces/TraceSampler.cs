using System.Buffers.Binary;
using System.Diagnostics;

namespace Rempart.Telemetry.Traces;

/// <summary>
/// Decides by the trace's id alone, whose last seven bytes are random (W3C trace context level 2): all processes decide alike, and nobody
/// who sends a flag decides for them.
/// </summary>
internal sealed class TraceSampler
{
    private const int Bits = 56;

    private readonly ulong _below;

    /// <param name="ratio">0 to 1.</param>
    public TraceSampler(double ratio) => _below = ratio >= 1 ? 1UL << Bits : (ulong)(ratio * (1UL << Bits));

    public bool Takes(ActivityTraceId trace)
    {
        if (trace == default) return false;
        Span<byte> bytes = stackalloc byte[16];
        trace.CopyTo(bytes);
        return (BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]) & ((1UL << Bits) - 1)) < _below;
    }
}
