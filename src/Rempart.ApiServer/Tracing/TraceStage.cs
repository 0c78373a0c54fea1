using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Tracing;

/// <summary>Begins the request's span, if somebody listens, once it is known who asks.</summary>
internal sealed class TraceStage(ObjectTraces traces) : IRequestStage
{
    // Not async: what an async method makes current is so in itself alone.
    public ValueTask RunAsync(RequestContext context, CancellationToken cancellationToken)
    {
        if (!RequestTracing.Source.HasListeners()) return ValueTask.CompletedTask;
        context.Span = RequestTracing.Begin(context);
        // Before the object is there: whoever watches may be quicker than this request's end.
        traces.Making(context.NewUid, context.Span);
        return ValueTask.CompletedTask;
    }
}
