using Rempart.Api.Tunnel;

namespace Rempart.ApiServer.Tunnel;

/// <summary>The node did not open a stream.</summary>
internal sealed class StreamRefusedException(StreamEnd end) : Exception(end.Message)
{
    /// <summary>What the node said.</summary>
    public StreamEnd End { get; } = end;
}
