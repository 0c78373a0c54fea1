namespace Rempart.Clients.Tests.Histories;

/// <summary>A list as its client saw it.</summary>
/// <param name="Version">The version of the whole.</param>
/// <param name="Items">What was in it: value and version by key.</param>
public sealed record ListSeen(long Version, IReadOnlyDictionary<string, (int Value, long Version)> Items);
