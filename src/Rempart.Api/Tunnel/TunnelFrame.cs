namespace Rempart.Api.Tunnel;

/// <summary>One frame of a stream.</summary>
/// <param name="Channel">What it carries.</param>
/// <param name="Payload">At most <see cref="FrameStream.MaxPayload"/> bytes; good until the next read.</param>
public readonly record struct TunnelFrame(FrameChannel Channel, ReadOnlyMemory<byte> Payload);
