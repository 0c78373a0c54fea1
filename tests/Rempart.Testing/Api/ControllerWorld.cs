using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Runtime.Controllers;
using Rempart.Testing.Time;
using Xunit;

namespace Rempart.Testing.Api;

/// <summary>Controllers that run over an API in memory, on a clock of the test's. Disposing it stops them, and fails the test when one of them had failed.</summary>
public sealed class ControllerWorld : IAsyncDisposable
{
    // Twenty simulated seconds.
    private const int MostLooks = 200;

    private readonly CancellationTokenSource _stop;
    private readonly Task _running;

    public ControllerWorld(CancellationToken cancellationToken, params IReadOnlyList<ControllerRegistration> controllers)
        : this(null, null, cancellationToken, controllers)
    {
    }

    public ControllerWorld(FakeApi? api, ManualTime? time, CancellationToken cancellationToken, params IReadOnlyList<ControllerRegistration> controllers)
    {
        Time = time ?? new ManualTime();
        Api = api ?? new FakeApi(Time);
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _running = RunAsync(new ControllerHost(controllers, _ => Api.Client(), Time, NullLoggerFactory.Instance), _stop.Token);
    }

    public ManualTime Time { get; }

    public FakeApi Api { get; }

    /// <summary>Returns once the condition holds; the clock moves half a second at each look.</summary>
    public Task UntilAsync(string what, Func<bool> condition) =>
        Eventually.HoldsAsync(what, Time, TimeSpan.FromMilliseconds(500), () => _running.IsFaulted || condition(), _stop.Token);

    /// <summary>Lets the controllers come to rest, so that what they do not do can be asserted.</summary>
    public async Task SettleAsync()
    {
        // Some controllers look again every second for ever: they are at rest when nothing but what they have asked for again and again happens for a while.
        var times = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var (looks, quiet, seen) = (0, 0, Api.Requests.Count); quiet < 30; looks++)
        {
            await Task.Delay(5, _stop.Token);
            Time.Advance(TimeSpan.FromMilliseconds(100));
            var restless = false;
            for (var now = Api.Requests.Count; seen < now; seen++) restless |= (times[Api.Requests[seen]] = times.GetValueOrDefault(Api.Requests[seen]) + 1) <= 3;
            quiet = restless ? 0 : quiet + 1;
            if (quiet < 30 && looks == MostLooks) Assert.Fail("the controllers never came to rest");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_running);
        _stop.Dispose();
        Api.Dispose();
        if (_running.Exception is { } surprise) Assert.Fail(surprise.ToString());
    }

    private static async Task RunAsync(ControllerHost host, CancellationToken cancellationToken)
    {
        try
        {
            await host.RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }
}
