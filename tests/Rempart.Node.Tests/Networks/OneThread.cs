using System.Collections.Concurrent;

namespace Rempart.Node.Tests.Networks;

/// <summary>Runs asynchronous code on the calling thread alone, for code whose thread is in another namespace.</summary>
internal sealed class OneThread : SynchronizationContext, IDisposable
{
    private readonly BlockingCollection<(SendOrPostCallback Callback, object? State)> _work = [];

    public override void Post(SendOrPostCallback d, object? state) => _work.Add((d, state));

    public void Run(Func<Task> story)
    {
        var before = Current;
        SetSynchronizationContext(this);
        try
        {
            var running = story();
            _ = running.ContinueWith(_ => _work.CompleteAdding(), TaskScheduler.Default);
            foreach (var (callback, state) in _work.GetConsumingEnumerable()) callback(state);
            if (running.Exception is { } failure) throw failure.GetBaseException();
        }
        finally
        {
            SetSynchronizationContext(before);
        }
    }

    public void Dispose() => _work.Dispose();
}
