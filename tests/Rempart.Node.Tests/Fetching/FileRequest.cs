namespace Rempart.Node.Tests.Fetching;

/// <summary>A request that a <see cref="FileServer"/> was sent.</summary>
/// <param name="Lines">its head.</param>
internal sealed record FileRequest(IReadOnlyList<string> Lines)
{
    internal string Path => Lines[0].Split(' ')[1];

    internal string? Field(string name) => Lines.Where(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 2)..]).FirstOrDefault();
}
