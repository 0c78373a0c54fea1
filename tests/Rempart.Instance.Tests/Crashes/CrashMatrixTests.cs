using System.Diagnostics;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Storage;
using Rempart.Instance.Tests.Instances;

namespace Rempart.Instance.Tests.Crashes;

/// <summary>
/// Everything that can be killed, killed between every two steps of a machine's life: the world becomes what was asked for, and when
/// the machine is gone nothing of it is left on the host.
/// </summary>
[Trait("length", "long")]
[Trait("level", "real")]
public sealed class CrashMatrixTests(InstanceFixture fixture, ITestOutputHelper output) : IClassFixture<InstanceFixture>
{
    private const int MostSteps = 60;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private static readonly ListQuery InProject = new() { Namespace = Operation.Project };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private RunningInstance Instance => fixture.Instance;

    public static TheoryData<string, string> Cases() => new(Operation.All.SelectMany(operation => Victim.All.Select(victim => (operation.Name, victim.Name))));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Whatever_dies_between_two_steps_the_world_becomes_what_was_asked_for_and_nothing_is_left(string operationName, string victimName)
    {
        var (operation, victim) = (Operation.All.Single(o => o.Name == operationName), Victim.All.Single(v => v.Name == victimName));
        await ProjectAsync();
        await UntilAsync("no machine of an earlier run", DeletedAsync);
        var before = await SettledInventoryAsync();
        string? reached;
        var step = 1;
        do
        {
            reached = await TryAsync(operation, victim, step);
            output.WriteLine($"{operation.Name}, step {step} ({reached ?? "not reached: done before"}), {victim.Name} killed");
            step += victim.Every;
        }
        while (reached is not null && step <= MostSteps);

        await UntilAsync("no machine", DeletedAsync);
        IReadOnlyList<string> left = [];
        await UntilAsync(() => $"an unchanged host; it has\n  {string.Join("\n  ", left.Except(before))}\nand has no more\n  {string.Join("\n  ", before.Except(left))}", async () =>
        {
            left = await HostInventory.TakeAsync(Instance);
            return left.SequenceEqual(before);
        });
    }

    /// <summary>Begins the operation, kills at the step, and waits until what was asked for is so. What the step was; null when there are not as many.</summary>
    private async Task<string?> TryAsync(Operation operation, Victim victim, int step)
    {
        if (operation.Before is null) await UntilAsync("no machine", DeletedAsync);
        else await UntilAsync("a running machine", RunningAsync);
        await using var counter = await RetryAsync(() => StepCounter.StartAsync(Instance, step, () => Kill(victim), Stop));
        var id = Guid.NewGuid().ToString();
        await BeginAsync(operation, id);
        await UntilAsync($"{operation.Name} done, {victim.Name} killed at step {step}", async () => operation.IsDone(await Instance.Api.FindAsync<VirtualMachine>(Operation.Project, Operation.Machine, Stop), id));
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
            await operation.Begin(Instance.Api, id, Stop);
        }
        catch (ApiException made) when (made.Code is 409 or 404)
        {
        }
        return true;
    });

    private Task<Network> ProjectAsync() => RetryAsync(async () =>
    {
        if (await Instance.Api.FindAsync<Namespace>(null, Operation.Project, Stop) is null) await Instance.Api.CreateAsync(new Namespace { Metadata = new() { Name = Operation.Project } }, Stop);
        return await Instance.Api.FindAsync<Network>(Operation.Project, "lan", Stop) ?? await Instance.Api.CreateAsync(Operation.Network(), Stop);
    });

    private async Task<bool> DeletedAsync()
    {
        var machine = await Instance.Api.FindAsync<VirtualMachine>(Operation.Project, Operation.Machine, Stop);
        // What belonged to it goes after it: its changes would count as steps of the next one.
        if (machine is null) return (await Instance.Api.ListAllAsync<Volume>(InProject, Stop)).Items.Count == 0 && (await Instance.Api.ListAllAsync<NetworkInterface>(InProject, Stop)).Items.Count == 0;
        if (machine.Metadata.DeletionTimestamp is null) await Instance.Api.DeleteAsync<VirtualMachine>(Operation.Project, Operation.Machine, null, Stop);
        return false;
    }

    private async Task<bool> RunningAsync()
    {
        var machine = await Instance.Api.FindAsync<VirtualMachine>(Operation.Project, Operation.Machine, Stop);
        if (machine is null) await Instance.Api.CreateAsync(Operation.New(), Stop);
        else if (machine.Spec.PowerState == PowerState.Stopped) await Instance.Api.UpdateAsync(machine with { Spec = machine.Spec with { PowerState = PowerState.Running } }, Stop);
        return machine?.Status?.Phase == MachinePhase.Running && machine.Metadata.DeletionTimestamp is null && machine.Spec.PowerState != PowerState.Stopped;
    }

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
