using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Instance.Tests.Instances;

namespace Rempart.Instance.Tests.Crashes;

/// <summary>
/// Counts the steps of what is under way: each change of an object that it is about, each file that comes or goes in the agent's folders,
/// and each step that the agent writes down before it takes it. At a given one it acts.
/// </summary>
internal sealed class StepCounter : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop;
    private readonly int _step;
    private readonly Action _act;
    private readonly List<Task> _loops = [];
    private volatile string? _reached;
    private int _seen;

    private StepCounter(int step, Action act, CancellationToken cancellationToken)
    {
        (_step, _act) = (step, act);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    }

    /// <summary>What the step was, once it has been reached.</summary>
    public string? Reached => _reached;

    public static async Task<StepCounter> StartAsync(RunningInstance instance, int step, Action act, CancellationToken cancellationToken)
    {
        var counter = new StepCounter(step, act, cancellationToken);
        var inProject = new ListQuery { Namespace = CrashWorld.Project };
        await counter.FollowAsync<VirtualMachine>(instance.Api, inProject);
        await counter.FollowAsync<Volume>(instance.Api, inProject);
        await counter.FollowAsync<NetworkInterface>(instance.Api, inProject);
        await counter.FollowAsync<Image>(instance.Api, ListQuery.All);
        counter._loops.Add(Task.Run(() => counter.FollowAgent(instance), CancellationToken.None));
        return counter;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_loops);
        _stop.Dispose();
    }

    private async Task FollowAsync<T>(ApiClient api, ListQuery query) where T : ApiObject
    {
        var from = (await api.ListAllAsync<T>(query, _stop.Token)).Metadata.ResourceVersion;
        _loops.Add(Task.Run(async () =>
        {
            try
            {
                await foreach (var change in api.WatchAsync<T>(query with { ResourceVersion = from }, _stop.Token))
                {
                    if (change.Type != ApiEventType.Bookmark) Count($"{change.Type} {typeof(T).Name}");
                }
            }
            catch (Exception over) when (over is OperationCanceledException or ApiException)
            {
                // A server that was killed ends watches; the step that mattered has been reached by then.
            }
        }, CancellationToken.None));
    }

    private void FollowAgent(RunningInstance instance)
    {
        var before = instance.Steps();
        while (!_stop.IsCancellationRequested && Reached is null)
        {
            string now;
            try
            {
                now = instance.Steps();
            }
            catch (System.Text.Json.JsonException)
            {
                continue;
            }
            if (now != before) Count($"agent {string.Join(' ', Difference(now, before, '+').Concat(Difference(before, now, '-')))}");
            before = now;
            _stop.Token.WaitHandle.WaitOne(2);
        }
    }

    // What the first says more often than the second.
    private static IEnumerable<string> Difference(string first, string second, char mark)
    {
        var rest = second.Split(';').ToList();
        return first.Split(';').Where(name => !rest.Remove(name)).Select(name => mark + name);
    }

    private void Count(string what)
    {
        if (Interlocked.Increment(ref _seen) != _step) return;
        _act();
        _reached = what;
    }
}
