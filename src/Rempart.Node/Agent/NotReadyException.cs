namespace Rempart.Node.Agent;

/// <summary>A machine can't be started yet; the message says what is awaited.</summary>
internal sealed class NotReadyException(string reason, string message) : Exception(message)
{
    /// <summary>One CamelCase word.</summary>
    public string Reason => reason;
}
