namespace Rempart.Lab.Tests.Chaos;

/// <summary>A machine whose guest checks itself.</summary>
/// <param name="Name">in the project `default`.</param>
/// <param name="Uid">of the machine.</param>
/// <param name="RootVolume">uid of its first volume.</param>
/// <param name="Interface">uid of its network interface.</param>
internal sealed record WatchedMachine(string Name, string Uid, string RootVolume, string Interface);
