using System.Diagnostics;

namespace Rempart.Api.Tracing;

/// <summary>Sends our own span along with a request, as <c>traceparent</c> (W3C trace context), and nothing where there is none: no baggage, no state, no ids of others.</summary>
internal sealed class SpanPropagation : DistributedContextPropagator
{
    private const string Header = "traceparent";

    public static SpanPropagation Instance { get; } = new();

    public override IReadOnlyCollection<string> Fields { get; } = [Header];

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        // The HTTP client begins an activity of its own for the request, which no collector ever sees: its parent is what the server's part follows from.
        while (activity is not null && !activity.Source.Name.StartsWith(Spans.Prefix, StringComparison.Ordinal)) activity = activity.Parent;
        if (activity is { Recorded: true }) setter?.Invoke(carrier, Header, $"00-{activity.TraceId.ToHexString()}-{activity.SpanId.ToHexString()}-01");
    }

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) => (traceId, traceState) = (null, null);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
}
