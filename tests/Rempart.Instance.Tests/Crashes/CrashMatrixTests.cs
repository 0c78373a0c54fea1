using System.Diagnostics;
using Rempart.Api.Meta;
using Rempart.Instance.Tests.Instances;

namespace Rempart.Instance.Tests.Crashes;

/// <summary>
/// Everything that can be killed, killed between every two steps of a machine's life and an image's upload: the world becomes what was
/// asked for, and when machine and image are gone nothing of them is left on the host.
/// </summary>
[Trait("length", "long")]
[Trait("level", "real")]
public sealed class CrashMatrixTests(InstanceFixture fixture, ITestOutputHelper output) : IClassFixture<InstanceFixture>
{
    private const int MostSteps = 80;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    // The host as it was before the first test, compared with after each: what grows by a line in forty tests is a leak too.
    private static IReadOnlyList<string>? _atRest;

    private readonly CrashWorld _world = new(fixture.Instance, Stop);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private RunningInstance Instance => fixture.Instance;

    /// <summary>All, or those that <c>REMPART_CRASHES</c> names: operations, victims and pairs of them, as in <c>upload,create/node</c>.</summary>
    public static TheoryData<string, string> Cases()
    {
        var named = Environment.GetEnvironmentVariable("REMPART_CRASHES")?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        return new(Operation.All.SelectMany(operation => Victim.All.Select(victim => (Operation: operation.Name, Victim: victim.Name)))
            .Where(pair => named.Length == 0 || named.Intersect([pair.Operation, pair.Victim, $"{pair.Operation}/{pair.Victim}"]).Any()));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Whatever_dies_between_two_steps_the_world_becomes_what_was_asked_for_and_nothing_is_left(string operationName, string victimName)
    {
        var (operation, victim) = (Operation.All.Single(o => o.Name == operationName), Victim.All.Single(v => v.Name == victimName));
        var began = Stopwatch.GetTimestamp();
        await UntilAsync("a project", _world.HasProjectAsync);
        await UntilAsync("nothing of an earlier run", _world.HasNothingAsync);
        var before = _atRest ?? await SettledInventoryAsync();
        // Only one that was reached again is a state to compare the next test with.
        _atRest = null;
        string? reached;
        var step = 1;
        do
        {
            reached = await TryAsync(operation, victim, step);
            output.WriteLine($"{Stopwatch.GetElapsedTime(began).TotalSeconds,6:0.0} s  {operation.Name}, step {step} ({reached ?? "not reached: done before"}), {victim.Name} killed");
            step += victim.Every;
        }
        while (reached is not null && step <= MostSteps);

        await UntilAsync("no machine and no image", _world.HasNothingAsync);
        IReadOnlyList<string> left = [];
        await UntilAsync(() => $"an unchanged host; it has\n  {string.Join("\n  ", left.Except(before))}\nand has no more\n  {string.Join("\n  ", before.Except(left))}", async () =>
        {
            left = await HostInventory.TakeAsync(Instance);
            return left.SequenceEqual(before);
        });
        _atRest = before;
        output.WriteLine($"{Stopwatch.GetElapsedTime(began).TotalSeconds,6:0.0} s  the host is as it was before");
    }

    /// <summary>Begins the operation, kills at the step, and waits until what was asked for is so. What the step was; null when there are not as many.</summary>
    private async Task<string?> TryAsync(Operation operation, Victim victim, int step)
    {
        var id = Guid.NewGuid().ToString();
        await UntilAsync($"a world in which to {operation.Name}", () => operation.Prepared(_world, id));
        await using var counter = await RetryAsync(() => StepCounter.StartAsync(Instance, step, () => Kill(victim), Stop));
        await BeginAsync(operation, id);
        await UntilAsync($"{operation.Name} done, {victim.Name} killed at step {step} ({counter.Reached})", () => operation.IsDone(_world, id));
        return counter.Reached;
    }

    private void Kill(Victim victim)
    {
        foreach (var pid in victim.Find(Instance))
        {
            try
            {
                using var process = Process.GetProcessById(pid);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It has ended by itself.
            }
        }
    }

    // The server may be the one that was killed: whether the request arrived is then unknown, so it is made again, and having been made is as good.
    private async Task BeginAsync(Operation operation, string id) => await RetryAsync(async () =>
    {
        try
        {
            await operation.Begin(_world, id);
        }
        catch (ApiException made) when (made.Code is 409 or 404)
        {
        }
        return true;
    });

    /// <summary>The host as it is when nothing changes any more.</summary>
    private async Task<IReadOnlyList<string>> SettledInventoryAsync()
    {
        IReadOnlyList<string> last = [];
        await UntilAsync("a host that has come to rest", async () =>
        {
            var now = await HostInventory.TakeAsync(Instance);
            await Task.Delay(TimeSpan.FromSeconds(3), Stop);
            var same = now.SequenceEqual(last);
            last = now;
            return same;
        });
        return last;
    }

    private static Task UntilAsync(string what, Func<Task<bool>> condition) => UntilAsync(() => what, condition);

    private static async Task UntilAsync(Func<string> what, Func<Task<bool>> condition)
    {
        var began = Stopwatch.GetTimestamp();
        Exception? last = null;
        while (Stopwatch.GetElapsedTime(began) < Patience)
        {
            try
            {
                if (await condition()) return;
            }
            catch (Exception again) when (again is ApiException or InvalidOperationException or IOException)
            {
                last = again;
            }
            await Task.Delay(100, Stop);
        }
        throw new TimeoutException($"not within {Patience}: {what()}", last);
    }

    private static async Task<T> RetryAsync<T>(Func<Task<T>> make)
    {
        T result = default!;
        await UntilAsync("an answer of the API", async () =>
        {
            result = await make();
            return true;
        });
        return result;
    }
}
