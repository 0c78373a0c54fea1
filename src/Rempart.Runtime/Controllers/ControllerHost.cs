using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Meta;
using Rempart.Api.Tracing;
using Rempart.Runtime.Events;
using Rempart.Runtime.Informers;
using Rempart.Runtime.Queues;

namespace Rempart.Runtime.Controllers;

/// <summary>
/// Runs controllers: their caches, queues and workers, under one supervisor. An expected failure of a key is retried; a surprise
/// in any loop is logged and ends <see cref="RunAsync"/>, and with it the process.
/// </summary>
/// <param name="controllers">All controllers of this process.</param>
/// <param name="clientFor">A client that acts as a user name; asked for each <see cref="ControllerSpec.Identity"/>. Not disposed here.</param>
/// <param name="time">Clock of delays.</param>
/// <param name="logging">Where loops report.</param>
/// <param name="node">The node whose agent this is, or null.</param>
public sealed partial class ControllerHost(
    IReadOnlyList<ControllerRegistration> controllers, Func<string, ApiClient> clientFor, TimeProvider time, ILoggerFactory logging, string? node = null)
{
    private readonly ILogger _logger = logging.CreateLogger<ControllerHost>();

    /// <summary>The span that an object's reconciliation follows from; default for none.</summary>
    public Func<ApiObject, ActivityContext> TraceOf { get; init; } = _ => default;

    /// <summary>Returns when cancelled.</summary>
    /// <exception cref="InvalidOperationException">Two controllers write one field.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        WriterCheck.Demand([.. controllers.Select(controller => controller.Spec)]);
        var caches = new CacheSet(time, logging);
        var running = controllers.Select(controller => Create(controller, caches)).ToList();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var loops = new List<Task>();
        loops.AddRange(caches.Informers.Select(informer => SuperviseAsync("informer", informer.RunAsync, stop)));
        loops.AddRange(running.Select(controller => SuperviseAsync($"{controller.Spec.Name} events", controller.Recorder.RunAsync, stop)));
        loops.AddRange(running.SelectMany(controller => controller.Context.Background
            .Select(loop => SuperviseAsync($"{controller.Spec.Name} {loop.Name}", loop.Run, stop))));
        // No key is reconciled on half a picture: an object that is not cached yet looks deleted.
        loops.Add(SuperviseAsync("controllers", async cancel =>
        {
            foreach (var informer in caches.Informers) await informer.WaitForSyncAsync(cancel);
            await Task.WhenAll(running.SelectMany(controller => Enumerable.Range(0, controller.Spec.Concurrency)
                .Select(_ => SuperviseAsync($"{controller.Spec.Name} worker", controller.WorkAsync, stop))));
        }, stop));
        try
        {
            await Task.WhenAll(loops);
        }
        finally
        {
            foreach (var controller in running)
            {
                ControllerMetrics.Unfollow(controller.Queue);
                controller.Queue.Dispose();
            }
        }
        cancellationToken.ThrowIfCancellationRequested();
    }

    private Worker Create(ControllerRegistration controller, CacheSet caches)
    {
        var queue = new WorkQueue(time);
        ControllerMetrics.Follow(controller.Spec.Name, queue);
        var client = clientFor(controller.Spec.Identity);
        foreach (var input in controller.Spec.Reads) input.Connect(caches, client, queue.Add);
        var recorder = new EventRecorder(client, controller.Spec.Name, node, time, logging.CreateLogger<EventRecorder>());
        var context = new ControllerContext
        {
            Client = client,
            Caches = caches,
            Events = recorder,
            Time = time,
            Logging = logging,
            Enqueue = queue.Add,
            TraceOf = TraceOf,
        };
        return new Worker(controller.Spec, context, recorder, queue, controller.Create(context), logging.CreateLogger<Worker>());
    }

    private async Task SuperviseAsync(string name, Func<CancellationToken, Task> run, CancellationTokenSource stop)
    {
        try
        {
            await run(stop.Token);
            if (!stop.IsCancellationRequested) throw new UnreachableException($"the loop `{name}` has ended by itself");
        }
        catch (Exception ending) when (stop.IsCancellationRequested && ending is OperationCanceledException or ApiException)
        {
            // A request that was refused or cut while all is stopped is no surprise: whoever leads next does it again.
        }
        catch (Exception surprise)
        {
            LogSurprise(surprise, name);
            await stop.CancelAsync();
            throw;
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "the loop {Name} failed unexpectedly; ending the process")]
    private partial void LogSurprise(Exception surprise, string name);

    private sealed partial class Worker(
        ControllerSpec spec, ControllerContext context, EventRecorder recorder, WorkQueue queue, IReconciler reconciler, ILogger<Worker> logger)
    {
        public ControllerSpec Spec => spec;

        public ControllerContext Context => context;

        public EventRecorder Recorder => recorder;

        public WorkQueue Queue => queue;

        public async Task WorkAsync(CancellationToken cancellationToken)
        {
            while (true)
            {
                var key = await queue.TakeAsync(cancellationToken);
                var began = Stopwatch.GetTimestamp();
                using var span = ControllerTracing.Begin(spec, context, key);
                try
                {
                    var result = await reconciler.ReconcileAsync(key, cancellationToken);
                    queue.Forget(key);
                    if ((result.RequeueAfter ?? spec.Resync) is { } delay) queue.AddAfter(key, delay);
                }
                catch (Exception failure) when (failure is not UnreachableException && !cancellationToken.IsCancellationRequested)
                {
                    span.Fail(failure);
                    // One object that a controller can't stomach must not take the others' controller down.
                    ControllerMetrics.Failed(spec.Name, failure is ApiException { Code: 409 } ? "conflict" : failure is ApiException ? "refused" : "error");
                    if (failure is ApiException { Code: 409 }) LogConflict(spec.Name, key);
                    else if (failure is ApiException refused) LogRefused(spec.Name, key, refused.Message);
                    else LogFailure(failure, spec.Name, key);
                    queue.AddAfterFailure(key);
                }
                finally
                {
                    ControllerMetrics.Reconciled(spec.Name, Stopwatch.GetElapsedTime(began));
                    queue.Done(key);
                }
            }
        }

        [LoggerMessage(Level = LogLevel.Debug, Message = "{Controller}: {Key} was changed meanwhile, trying again")]
        private partial void LogConflict(string controller, ResourceKey key);

        [LoggerMessage(Level = LogLevel.Warning, Message = "{Controller}: {Key} failed, trying again: {Failure}")]
        private partial void LogRefused(string controller, ResourceKey key, string failure);

        [LoggerMessage(Level = LogLevel.Error, Message = "{Controller}: {Key} failed, trying again")]
        private partial void LogFailure(Exception failure, string controller, ResourceKey key);
    }
}
