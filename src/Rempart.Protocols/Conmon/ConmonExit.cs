using System.Globalization;

namespace Rempart.Protocols.Conmon;

/// <summary>What conmon leaves when the workload has ended: a file with the exit code, and one named `oom` if the kernel killed it for memory.</summary>
/// <param name="Code">exit code, 128 + signal when a signal ended it.</param>
/// <param name="EndedAt">when conmon wrote it.</param>
/// <param name="OutOfMemory">the memory controller's kill was seen.</param>
public sealed record ConmonExit(int Code, DateTimeOffset EndedAt, bool OutOfMemory)
{
    private const int MaxBytes = 16;

    /// <summary>Null while there is none, or while conmon is still writing it.</summary>
    public static ConmonExit? TryRead(string exitFile, string oomFile)
    {
        try
        {
            var info = new FileInfo(exitFile);
            if (!info.Exists || info.Length is 0 or > MaxBytes) return null;
            return int.TryParse(File.ReadAllText(exitFile).Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code)
                ? new ConmonExit(code, new DateTimeOffset(info.LastWriteTimeUtc, TimeSpan.Zero), File.Exists(oomFile))
                : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
