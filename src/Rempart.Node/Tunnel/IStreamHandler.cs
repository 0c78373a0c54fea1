using Rempart.Api.Tunnel;

namespace Rempart.Node.Tunnel;

/// <summary>Serves one type of stream of one kind of object on this host.</summary>
internal interface IStreamHandler
{
    /// <summary>Kind of the object.</summary>
    string Kind { get; }

    /// <summary>Type of the stream.</summary>
    string Stream { get; }

    /// <summary>
    /// Serves a stream whose ticket was good. Sends <see cref="FrameChannel.Opened"/> first, or returns without it to refuse.
    /// </summary>
    /// <param name="opening">What is asked for.</param>
    /// <param name="frames">Both directions.</param>
    /// <param name="cancellationToken">The tunnel ends.</param>
    /// <returns>How it ended; it is sent to the server.</returns>
    /// <exception cref="IOException">The stream was cut.</exception>
    Task<StreamEnd> HandleAsync(StreamOpening opening, FrameStream frames, CancellationToken cancellationToken);
}
