namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>One object, as itself and not as another of its name.</summary>
/// <param name="Name">Name.</param>
/// <param name="Uid">Uid.</param>
internal sealed record TokenObject(string Name, string Uid);
