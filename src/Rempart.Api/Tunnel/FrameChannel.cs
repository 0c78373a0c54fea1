namespace Rempart.Api.Tunnel;

/// <summary>What a frame of a stream carries. 0 and 1 are also the first byte of a console's WebSocket messages.</summary>
public enum FrameChannel : byte
{
    /// <summary>Bytes.</summary>
    Data = 0,

    /// <summary>A JSON document for the other end, such as <c>{"resize":{"columns":80,"rows":24}}</c> or <c>{"phase":"Converting"}</c>.</summary>
    Control = 1,

    /// <summary>Sent once by the agent, first: the ticket was good and the object's end is open. Empty.</summary>
    Opened = 2,

    /// <summary>The last frame of either side: a <see cref="StreamEnd"/>. A stream that breaks without it was cut.</summary>
    End = 3,
}
