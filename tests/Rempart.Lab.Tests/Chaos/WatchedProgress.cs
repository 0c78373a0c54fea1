namespace Rempart.Lab.Tests.Chaos;

/// <summary>What was seen of a guest so far, by each of the ways of looking: each must have seen it, or it could not have seen two.</summary>
/// <param name="Lives">how often it has begun, the first time included.</param>
/// <param name="Round">highest round of this life, on the consoles.</param>
/// <param name="Written">rounds found on the disks, of all lives.</param>
/// <param name="Process">whose virtual processors ran last.</param>
internal sealed record WatchedProgress(int Lives, long Round, int Written, GuestProcess? Process);
