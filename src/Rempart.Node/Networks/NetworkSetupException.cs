namespace Rempart.Node.Networks;

/// <summary>The host's network could not be laid or taken away; the message says what to do.</summary>
internal sealed class NetworkSetupException(string message, Exception? cause = null) : Exception(message, cause);
