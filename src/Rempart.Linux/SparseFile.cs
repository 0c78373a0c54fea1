using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>A file with holes (lseek(2), SEEK_DATA and SEEK_HOLE). Its offset is moved.</summary>
public static class SparseFile
{
    private const int Data = 3;
    private const int Hole = 4;

    /// <summary>The parts that have data, in their order; a file system that knows no holes tells one.</summary>
    /// <param name="file">open for reading.</param>
    /// <param name="length">of the file.</param>
    public static IEnumerable<(long Offset, long Length)> Parts(SafeFileHandle file, long length)
    {
        for (var at = 0L; at < length;)
        {
            var begin = Native.Seek(file, at, Data);
            if (begin < 0 && Marshal.GetLastPInvokeError() == Errno.ENXIO) yield break;
            if (begin < 0) throw LinuxException.Last("look for data in a file");
            var end = Native.Seek(file, begin, Hole);
            if (end < 0) throw LinuxException.Last("look for holes in a file");
            end = Math.Min(end, length);
            if (begin >= end) yield break;
            yield return (begin, end - begin);
            at = end;
        }
    }
}
