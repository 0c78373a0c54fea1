using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Cli.Commands;

/// <summary>
/// Opens files of folders that somebody less trusted writes: root verifies what the server's user owns, and a pipe there would hold
/// root for ever, a link lead it to a device.
/// </summary>
internal static partial class EvidenceFile
{
    private const long MostBytes = 256 * 1024 * 1024;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    // O_NOFOLLOW, which is another bit on arm64.
    private static readonly int NoFollow = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    /// <summary>For reading; not a link, not a pipe.</summary>
    /// <exception cref="CliException">It is one, or can't be opened.</exception>
    public static FileStream Open(string path)
    {
        var handle = Open(path, NonBlocking | CloseOnExec | NoFollow);
        if (handle.IsInvalid)
        {
            var why = Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());
            handle.Dispose();
            throw new CliException($"`{path}` can't be opened as a plain file: {why}", ExitCode.Broken);
        }

        var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        if (stream.CanSeek) return stream;
        stream.Dispose();
        throw new CliException($"`{path}` is no plain file: somebody put it into the place of one", ExitCode.Broken);
    }

    /// <summary>All bytes of a file of bounded size.</summary>
    /// <exception cref="CliException">It can't be opened, or is too long.</exception>
    public static byte[] ReadAll(string path)
    {
        using var stream = Open(path);
        if (stream.Length > MostBytes) throw new CliException($"`{path}` is longer than {MostBytes} bytes", ExitCode.Broken);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
