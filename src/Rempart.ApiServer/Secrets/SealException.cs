namespace Rempart.ApiServer.Secrets;

/// <summary>A sealed value can't be opened. The message tells neither contents nor keys, only ids.</summary>
public sealed class SealException(string message) : Exception(message);
