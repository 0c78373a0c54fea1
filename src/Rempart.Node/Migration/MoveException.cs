namespace Rempart.Node.Migration;

/// <summary>A move can't go on from this end; the message is for its status.</summary>
internal sealed class MoveException(string message, Exception? inner = null) : Exception(message, inner);
