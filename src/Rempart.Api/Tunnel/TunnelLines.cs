using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Rempart.Api.Tunnel;

/// <summary>The tunnel's long answer: a JSON document a line, none longer than <see cref="TunnelLimits.LongestLine"/>.</summary>
public static class TunnelLines
{
    /// <summary>Writes a line and flushes it.</summary>
    /// <param name="output">The answer.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task WriteAsync(Stream output, TunnelMessage message, CancellationToken cancellationToken)
    {
        byte[] line = [.. JsonSerializer.SerializeToUtf8Bytes(message, ApiJson.Strict), (byte)'\n'];
        await output.WriteAsync(line, cancellationToken);
        await output.FlushAsync(cancellationToken);
    }

    /// <summary>Reads lines until the answer ends.</summary>
    /// <param name="input">The answer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">A line is too long or not a message.</exception>
    public static async IAsyncEnumerable<TunnelMessage> ReadAsync(Stream input, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(input, new StreamPipeReaderOptions(leaveOpen: true));
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(cancellationToken);
                var buffer = read.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    yield return Parse(buffer.Slice(0, end));
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }

                if (buffer.Length > TunnelLimits.LongestLine) throw new IOException("the server sent a line that is too long");
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted) yield break;
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }

    private static TunnelMessage Parse(ReadOnlySequence<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<TunnelMessage>(line.ToArray(), ApiJson.Lenient) ?? throw new JsonException();
        }
        catch (JsonException wrong)
        {
            throw new IOException("the server sent a line that is no message of the tunnel", wrong);
        }
    }
}
