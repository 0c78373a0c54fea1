namespace Rempart.Node.Volumes;

/// <summary>Storage could not do it; the message is a sentence that fits a condition.</summary>
internal sealed class VolumeException : Exception
{
    public VolumeException(VolumeFault fault, string message)
        : base(message) => Fault = fault;

    public VolumeException(VolumeFault fault, string message, Exception inner)
        : base(message, inner) => Fault = fault;

    public VolumeFault Fault { get; }
}
