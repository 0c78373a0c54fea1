namespace Rempart.ApiServer.Registry;

/// <summary>A list, or one part of it.</summary>
/// <param name="Objects">In order of namespace and name.</param>
/// <param name="Revision">What the list shows.</param>
/// <param name="Next">Where the next part begins; null at the end.</param>
/// <param name="Remaining">How many objects are left, when known.</param>
internal sealed record ObjectPage(CachedObject[] Objects, long Revision, ContinueToken? Next, long? Remaining);
