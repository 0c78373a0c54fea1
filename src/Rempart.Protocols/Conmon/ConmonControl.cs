using System.Globalization;
using System.Text;

namespace Rempart.Protocols.Conmon;

/// <summary>Messages for conmon's `ctl` fifo in the bundle: `KIND A B` a line.</summary>
public static class ConmonControl
{
    /// <summary>Sets the size of the terminal, for a workload that has one.</summary>
    public static void Resize(string fifo, int rows, int columns)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rows is > 0 and <= ushort.MaxValue, true, nameof(rows));
        ArgumentOutOfRangeException.ThrowIfNotEqual(columns is > 0 and <= ushort.MaxValue, true, nameof(columns));
        Write(fifo, string.Create(CultureInfo.InvariantCulture, $"1 {rows} {columns}\n"));
    }

    /// <summary>Makes conmon open its log anew, after it was moved away.</summary>
    public static void ReopenLog(string fifo) => Write(fifo, "2 0 0\n");

    private static void Write(string fifo, string message)
    {
        // Conmon holds both ends open, so this neither blocks nor fails while it lives; read-write makes it so after its end too.
        using var stream = new FileStream(fifo, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        stream.Write(Encoding.ASCII.GetBytes(message));
    }
}
