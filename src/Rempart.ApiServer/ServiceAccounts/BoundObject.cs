namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>What a token ends with besides its account.</summary>
/// <param name="Kind"><c>Secret</c>, <c>Pod</c> or <c>Node</c>.</param>
/// <param name="Object">The object.</param>
internal sealed record BoundObject(string Kind, TokenObject Object);
