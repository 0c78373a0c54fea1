namespace Rempart.Init.Supervision;

/// <summary>
/// Keeps a log within bounds: when it is too long it is copied to `.1` and emptied. The service writes on (it appends), and
/// lines of the moment between the two may be lost, which renaming would avoid only if services reopened their logs.
/// </summary>
internal static class LogBound
{
    internal const long Longest = 8 << 20;

    /// <summary>Never throws: what is said of services must not end them.</summary>
    internal static void Keep(string path, long longest = Longest)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || file.Length <= longest) return;
            CopyIfThereIsRoom(path, path + ".1");
            using var log = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            log.SetLength(0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The next look tries again.
        }
    }

    // On a full disk the older lines go: a log without a bound would hold the room that everything else waits for.
    private static void CopyIfThereIsRoom(string path, string older)
    {
        try
        {
            File.Copy(path, older, overwrite: true);
        }
        catch (IOException)
        {
            File.Delete(older);
        }
    }
}
