using System.Buffers;
using System.IO.Pipelines;

namespace Rempart.ApiServer.Http;

/// <summary>The body of an answer for somebody who may not read it: each 64 KiB must be taken within a time, or the connection is broken and what the request holds is given back.</summary>
internal static class PatientOutput
{
    private const int Chunk = 64 * 1024;

    /// <summary>Writes; flushes what has become more than a chunk.</summary>
    public static async ValueTask WriteAsync(RequestContext context, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var output = context.Http.Response.BodyWriter;
        while (bytes.Length > 0)
        {
            var part = bytes[..Math.Min(Chunk, bytes.Length)];
            output.Write(part.Span);
            bytes = bytes[part.Length..];
            await FlushFullAsync(context, cancellationToken);
        }
    }

    /// <summary>
    /// Writes many parts and flushes. They are gathered into whole chunks: each piece of memory that the connection hands out is encrypted and sent by itself,
    /// and asked for nothing in particular it hands out 4 KiB.
    /// </summary>
    /// <param name="context">The request.</param>
    /// <param name="parts">The answer.</param>
    /// <param name="length">Bytes of all parts.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async ValueTask WriteAsync(RequestContext context, IReadOnlyList<ReadOnlyMemory<byte>> parts, long length, CancellationToken cancellationToken)
    {
        var (part, at) = (0, 0);
        for (var left = length; left > 0; left -= Chunk)
        {
            (part, at) = Gather(context.Http.Response.BodyWriter, parts, part, at, (int)Math.Min(Chunk, left));
            await FlushAsync(context, cancellationToken);
        }
    }

    /// <summary>Flushes what was written when it is more than a chunk.</summary>
    public static ValueTask FlushFullAsync(RequestContext context, CancellationToken cancellationToken) =>
        context.Http.Response.BodyWriter.UnflushedBytes >= Chunk ? FlushAsync(context, cancellationToken) : ValueTask.CompletedTask;

    // So many bytes from a place in a part on; where to go on.
    private static (int Part, int At) Gather(PipeWriter output, IReadOnlyList<ReadOnlyMemory<byte>> parts, int part, int at, int bytes)
    {
        var room = output.GetSpan(bytes)[..bytes];
        while (room.Length > 0)
        {
            var rest = parts[part].Span[at..];
            var fits = Math.Min(rest.Length, room.Length);
            rest[..fits].CopyTo(room);
            room = room[fits..];
            (part, at) = fits == rest.Length ? (part + 1, 0) : (part, at + fits);
        }

        output.Advance(bytes);
        return (part, at);
    }

    /// <summary>Flushes what was written.</summary>
    /// <exception cref="OperationCanceledException">The reader does not read, and the connection is broken; or the time was over before.</exception>
    public static async ValueTask FlushAsync(RequestContext context, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        // An event of a large object is written whole.
        var chunks = Math.Max(1, context.Http.Response.BodyWriter.UnflushedBytes / Chunk);
        var flush = context.Http.Response.BodyWriter.FlushAsync(cancellationToken);
        if (flush.IsCompleted)
        {
            await flush;
            return;
        }

        try
        {
            await flush.AsTask().WaitAsync(context.Stall * chunks, CancellationToken.None);
        }
        catch (TimeoutException late)
        {
            context.Break();
            throw new OperationCanceledException("the reader does not take its answer", late);
        }
        catch (OperationCanceledException)
        {
            context.Break();
            throw;
        }
    }
}
