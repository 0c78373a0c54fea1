namespace Rempart.ApiServer.Watch;

/// <summary>What one reader of changes may keep waiting before it is cut off.</summary>
/// <param name="Changes">Most changes.</param>
/// <param name="Bytes">Most bytes of their documents.</param>
internal sealed record WatchBounds(int Changes = 8192, long Bytes = 32 * 1024 * 1024);
