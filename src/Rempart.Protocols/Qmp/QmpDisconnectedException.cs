namespace Rempart.Protocols.Qmp;

/// <summary>The QMP connection ended or its peer broke the protocol; nothing is known of commands without an answer.</summary>
public sealed class QmpDisconnectedException(string message, Exception? inner = null) : IOException(message, inner);
