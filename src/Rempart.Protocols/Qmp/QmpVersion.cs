namespace Rempart.Protocols.Qmp;

/// <summary>From the greeting.</summary>
public sealed record QmpVersion(int Major, int Minor, int Micro, string Package);
