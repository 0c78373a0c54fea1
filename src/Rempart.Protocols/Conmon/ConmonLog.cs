using System.Globalization;
using System.Text;

namespace Rempart.Protocols.Conmon;

/// <summary>
/// Reads the `k8s-file` log format: `TIME stdout|stderr P|F TEXT` a line, P for a part that the next line goes on with.
/// What the workload wrote is arbitrary bytes; they come back unchanged.
/// </summary>
public static class ConmonLog
{
    /// <summary>The last bytes that the workload wrote to one stream, at most <paramref name="maxBytes"/>; empty when there is no log.</summary>
    /// <param name="path">of the log; conmon may replace it meanwhile.</param>
    /// <param name="stream">stdout or stderr.</param>
    /// <param name="maxBytes">at most this many are returned; 64 times as much log is looked at.</param>
    public static byte[] Tail(string path, ConmonStream stream, int maxBytes)
    {
        byte[] raw;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            // A serial console is logged byte by byte, each with a prefix of about 50 bytes.
            var look = Math.Min(file.Length, maxBytes * 64L);
            file.Seek(-look, SeekOrigin.End);
            raw = new byte[look];
            raw = raw[..file.ReadAtLeast(raw, raw.Length, throwOnEndOfStream: false)];
            // Cut in the middle of a line: begin at the next one.
            if (look < file.Length) raw = raw[(Array.IndexOf(raw, (byte)'\n') + 1)..];
        }
        catch (FileNotFoundException)
        {
            return [];
        }
        var text = Decode(raw, stream);
        return text.Length <= maxBytes ? text : text[^maxBytes..];
    }

    /// <summary>When the workload first wrote something; null while the log has no whole line.</summary>
    /// <param name="path">of the log.</param>
    public static DateTimeOffset? FirstAt(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            Span<byte> buffer = stackalloc byte[64];
            var head = buffer[..file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false)];
            // `2026-01-31T12:00:00.123456789+00:00 stdout P …`: nine digits are more than a time here can hold.
            var text = Encoding.ASCII.GetString(head[..Math.Max(head.IndexOf((byte)' '), 0)]);
            var dot = text.IndexOf('.', StringComparison.Ordinal);
            return dot > 0 && text.Length >= dot + 10 && DateTimeOffset.TryParse(text[..(dot + 8)] + text[(dot + 10)..], CultureInfo.InvariantCulture, out var at) ? at : null;
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The bytes of one stream in some lines of a log; a line of another shape is skipped.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> log, ConmonStream stream)
    {
        var wanted = Encoding.ASCII.GetBytes(stream == ConmonStream.Stdout ? "stdout" : "stderr");
        var result = new MemoryStream();
        while (log.Length > 0)
        {
            var end = log.IndexOf((byte)'\n');
            var line = end < 0 ? log : log[..end];
            log = end < 0 ? [] : log[(end + 1)..];
            var afterTime = line.IndexOf((byte)' ') + 1;
            if (afterTime == 0 || line.Length < afterTime + wanted.Length + 3) continue;
            var rest = line[afterTime..];
            if (!rest.StartsWith(wanted) || rest[wanted.Length] != ' ' || rest[wanted.Length + 2] != ' ') continue;
            var kind = rest[wanted.Length + 1];
            if (kind is not ((byte)'P' or (byte)'F')) continue;
            result.Write(rest[(wanted.Length + 3)..]);
            if (kind == 'F') result.WriteByte((byte)'\n');
        }
        return result.ToArray();
    }
}
