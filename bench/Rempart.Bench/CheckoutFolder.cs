namespace Rempart.Bench;

/// <summary>The checkout that a program was built in.</summary>
internal static class CheckoutFolder
{
    internal static string Find(string below)
    {
        for (var folder = new DirectoryInfo(below); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "rempart.slnx"))) return folder.FullName;
        }
        throw new BenchException($"`{below}` is in no checkout: run it by `./dev bench`");
    }
}
