namespace Rempart.Node.Volumes;

/// <summary>A file in the root folder of an <see cref="IsoImage"/>.</summary>
/// <param name="Name">1 to 28 characters of `a-z`, `0-9`, `-`, `_` and `.`.</param>
/// <param name="Content">its bytes.</param>
internal sealed record IsoFile(string Name, ReadOnlyMemory<byte> Content);
