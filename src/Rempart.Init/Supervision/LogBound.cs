namespace Rempart.Init.Supervision;

/// <summary>
/// Keeps a log within bounds: when it is too long it is copied to `.1` and emptied. The service writes on (it appends), and
/// lines of the moment between the two may be lost, which renaming would avoid only if services reopened their logs.
/// </summary>
internal static class LogBound
{
    internal const long Longest = 8 << 20;

    internal static void Keep(string path, long longest = Longest)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length <= longest) return;
        File.Copy(path, path + ".1", overwrite: true);
        using var log = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        log.SetLength(0);
    }
}
