namespace Rempart.Protocols.Ovsdb;

/// <summary>No server could be asked, or the connection ended before its answer: whether a transaction happened is unknown, so read and compare again.</summary>
public sealed class OvsdbUnavailableException(string message, Exception? cause = null) : IOException(message, cause);
