using System.Text.RegularExpressions;

namespace Rempart.Repo.Tests;

/// <summary>The checkout these tests judge: its files, without what a build or a run leaves in it.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = [".git", ".rempart", ".vs", ".idea", "artifacts", "bin", "obj", "node_modules", "results"];

    public static string Root { get; } = FindRoot();

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(new DirectoryInfo(Root)).Order(StringComparer.Ordinal)];

    public static IEnumerable<string> CSharp => Files.Where(file => file.EndsWith(".cs", StringComparison.Ordinal));

    public static IEnumerable<string> Scripts => Files.Where(file => file is "dev" or ".ci/run" || file.EndsWith(".sh", StringComparison.Ordinal));

    public static IEnumerable<string> Documents => Files.Where(file => file.EndsWith(".md", StringComparison.Ordinal));

    public static IEnumerable<string> Projects => Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal));

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static bool Exists(string path) => Path.Exists(Path.Combine(Root, path));

    /// <summary>One line a violation, so that a failure lists all of them and not the first.</summary>
    public static void None(string rule, IEnumerable<string> violations)
    {
        string[] found = [.. violations];
        Assert.True(found.Length == 0, $"{rule}\n  {string.Join("\n  ", found)}");
    }

    /// <summary>Lines of a file that match, as `file:line: text`.</summary>
    public static IEnumerable<string> Lines(string file, Regex pattern) =>
        Read(file).Split('\n')
            .Select((text, index) => (text, index))
            .Where(line => pattern.IsMatch(line.text))
            .Select(line => $"{file}:{line.index + 1}: {line.text.Trim()}");

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "rempart.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("run these tests from a build inside the checkout: no `rempart.slnx` above them");
    }

    private static IEnumerable<string> Walk(DirectoryInfo folder)
    {
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos())
        {
            if (NotOurs.Contains(entry.Name, StringComparer.Ordinal) || entry.LinkTarget is not null) continue;
            if (entry is DirectoryInfo child)
            {
                foreach (string file in Walk(child)) yield return file;
            }
            else
            {
                yield return Path.GetRelativePath(Root, entry.FullName).Replace('\\', '/');
            }
        }
    }
}
