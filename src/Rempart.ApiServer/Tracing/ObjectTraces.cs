using System.Diagnostics;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Tracing;

namespace Rempart.ApiServer.Tracing;

/// <summary>
/// What an object's reconciliation follows from: a machine from its own creation, other objects from the request by which a controller made
/// them in somebody's trace. The latter is remembered here alone, for some minutes: owner references and annotations are for anyone to write.
/// </summary>
internal sealed class ObjectTraces(TimeProvider time)
{
    internal const int Most = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (ActivityContext From, DateTimeOffset Made)> _made = new(StringComparer.Ordinal);
    private readonly Queue<string> _oldest = new();

    /// <summary>An object is about to be made in the span of a controller's request.</summary>
    public void Making(string? uid, Activity? span)
    {
        // A person's object is no part of a trace but for machines, which need no memory.
        if (uid is null || span is null || span.GetCustomProperty(Spans.FirstAs) is not null) return;
        lock (_gate)
        {
            if (!_made.TryAdd(uid, (span.Context, time.GetUtcNow()))) return;
            _oldest.Enqueue(uid);
            while (_oldest.Count > Most) _made.Remove(_oldest.Dequeue());
        }
    }

    /// <summary>Default when it belongs to no trace.</summary>
    public ActivityContext Of(ApiObject value)
    {
        if (!RequestTracing.Source.HasListeners()) return default;
        var now = time.GetUtcNow();
        if (value is VirtualMachine machine) return MachineTrace.Of(machine, now);
        lock (_gate) return value.Metadata.Uid is { } uid && _made.TryGetValue(uid, out var known) && now - known.Made < MachineTrace.Longest ? known.From : default;
    }
}
