namespace Rempart.Node.Jail;

/// <summary>A file of a jail's root.</summary>
/// <param name="Source">absolute path on the host.</param>
/// <param name="Target">absolute path in the jail.</param>
/// <param name="Executable">mode 0555 instead of 0444.</param>
internal sealed record JailFile(string Source, string Target, bool Executable);
