namespace Rempart.ApiServer.Apply;

/// <summary>The fields of one manager.</summary>
/// <param name="Id">The manager.</param>
/// <param name="Time">When the entry last changed, in RFC 3339; null when nobody knows.</param>
/// <param name="Fields">What it owns.</param>
internal sealed record OwnerEntry(OwnerId Id, string? Time, FieldSet Fields);
