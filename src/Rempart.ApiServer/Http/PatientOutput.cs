using System.Buffers;

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

    /// <summary>Flushes what was written when it is more than a chunk.</summary>
    public static ValueTask FlushFullAsync(RequestContext context, CancellationToken cancellationToken) =>
        context.Http.Response.BodyWriter.UnflushedBytes >= Chunk ? FlushAsync(context, cancellationToken) : ValueTask.CompletedTask;

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
