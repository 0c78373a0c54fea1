namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>A token that does not count. The message says why and holds nothing of the token.</summary>
internal sealed class TokenRefusedException(string message) : Exception(message);
