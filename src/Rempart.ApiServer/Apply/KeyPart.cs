namespace Rempart.ApiServer.Apply;

/// <summary>One of the fields that tell a list's item apart.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Value">Its value.</param>
internal readonly record struct KeyPart(string Name, KeyScalar Value);
