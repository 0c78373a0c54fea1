namespace Rempart.ApiServer.Secrets;

/// <summary>The key file can't be used. The message never holds any of it.</summary>
public sealed class KeyFileException(string message) : Exception(message);
