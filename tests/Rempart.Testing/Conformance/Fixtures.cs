namespace Rempart.Testing.Conformance;

/// <summary>
/// Upstream fixtures: files of other projects that stand beside the checkout (<c>../shared/conformance</c>) or where
/// <c>REMPART_CONFORMANCE</c> says. A test that reads them is skipped where they are not.
/// </summary>
public static class Fixtures
{
    private static readonly string? Root = Find();

    /// <summary>True when there are fixtures.</summary>
    public static bool Exist => Root is not null;

    /// <summary>Path of a file or a folder of the fixtures.</summary>
    /// <param name="relative">Such as <c>kubernetes-api/core.v1.Node.json</c>.</param>
    public static string Path(string relative) =>
        System.IO.Path.Combine(Root ?? throw new InvalidOperationException("there are no fixtures: ask `Exist` first"), relative);

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("REMPART_CONFORMANCE") is { Length: > 0 } named) return Directory.Exists(named) ? named : null;
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "rempart.slnx"))) folder = folder.Parent;
        if (folder?.Parent is null) return null;
        var beside = System.IO.Path.Combine(folder.Parent.FullName, "shared", "conformance");
        return Directory.Exists(beside) ? beside : null;
    }
}
