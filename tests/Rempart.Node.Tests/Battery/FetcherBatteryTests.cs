using System.Net;
using System.Net.Sockets;
using Rempart.Linux;

namespace Rempart.Node.Tests.Battery;

/// <summary>
/// A fetcher that was taken over by who it speaks with: a program of ours runs in curl's place, started by the agent's own code for a fetch,
/// and tries one thing after another. docs/security/jail.md holds what came of it.
/// </summary>
// One after the other: what runs outside the jail shares the host.
[Collection("battery")]
[Trait("level", "real")]
public sealed class FetcherBatteryTests
{
    private const string End = "#end";

    private static AttemptSet All => AttemptSet.OfFetcher;

    [Fact]
    public async Task Everything_that_a_taken_over_fetcher_tries_is_refused_but_what_it_is_for()
    {
        await using var battery = new FetcherBattery();
        var targets = await battery.PrepareAsync();

        var results = All.Read((await battery.RunAsync(Program(targets, All.Write))).Output);

        var through = results.Where(result => result.Succeeded && !result.Attempt.IsGranted).Select(result => result.Attempt.Name);
        Assert.True(!through.Any(), $"not refused: {string.Join("; ", through)}");
        var missed = results.Where(result => !result.Succeeded && result.Attempt.IsGranted).Select(result => $"{result.Attempt.Name}: {result.Word}");
        Assert.True(!missed.Any(), $"refused, and it should not be: {string.Join("; ", missed)}");
        Assert.False(battery.Host.WasReached());
        Assert.True(await battery.OthersLiveAsync());
        Assert.Equal(BatteryTable.Comparable(BatteryTable.OfFetcher.Committed), BatteryTable.Comparable(BatteryTable.OfFetcher.Write(results)));
    }

    [Fact]
    public async Task Without_the_filter_other_walls_hold_what_the_table_says_they_hold()
    {
        await using var battery = new FetcherBattery();
        var targets = await battery.PrepareAsync();

        var results = All.Read((await battery.RunAsync(Program(targets, All.WriteApart), filter: false)).Output);

        var wrong = results.Where(result => result.Succeeded && !result.Attempt.IsGranted && !BatteryTable.HasOnlyFilter(result.Attempt)).Select(result => $"{result.Attempt.Name}: nothing behind the filter");
        var vain = results.Where(result => !result.Succeeded && result.Word is "EPERM" && BatteryTable.HasOnlyFilter(result.Attempt)).Select(result => $"{result.Attempt.Name}: {result.Word}, refused without the filter too");
        Assert.True(!wrong.Any() && !vain.Any(), string.Join("\n", [.. wrong, .. vain]));
        Assert.False(battery.Host.WasReached());
        Assert.True(await battery.OthersLiveAsync());
    }

    [Fact]
    public async Task Behind_a_broker_to_which_every_address_is_the_allowed_one_each_is_led_to()
    {
        await using var battery = new FetcherBattery();
        battery.Resolve = (_, _) => Task.FromResult<IPAddress[]>([BrokerAttempts.Source]);
        var targets = await battery.PrepareAsync();

        var results = All.Read((await battery.RunAsync(Program(targets, All.Write))).Output).Where(result => result.Attempt.Group == BrokerAttempts.Addresses).ToList();

        Assert.InRange(results.Count, 20, 64);
        Assert.Equal([], results.Where(result => !result.Succeeded).Select(result => $"{result.Attempt.Name}: {result.Word}"));
    }

    [Fact]
    public async Task Outside_the_jail_none_of_it_is_refused_so_each_attempt_can_fail()
    {
        await using var battery = new FetcherBattery();
        var targets = await battery.PrepareAsync();
        List<string> refused = [];
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var place = Path.Combine(Directory.CreateTempSubdirectory("rempart-place-").FullName, "egress");
        listener.Bind(new UnixDomainSocketEndPoint(place));

        for (var index = 0; index < All.All.Count; index++)
        {
            // What brokers are asked, the test above has answered.
            if (All.All[index].IsAnswer) continue;
            var output = await battery.Host.RunOutsideAsync(
                (program, outside) => All.WriteOne(program, outside, index), targets,
                open => [open("body"), open("heads"), PathHandle.Open(place), open("authorities"), open("headers"), open("beyond")]);
            var result = All.Read(output)[index];
            var missing = result.IsMissingHere || result.Word == result.Attempt.Outside || (result.Attempt.Group == "devices" && result.Word is "ENOENT" or "ENXIO" or "ENODEV");
            if (!missing && result.Word is "EPERM" or "EACCES" or "EROFS" or "ENOENT" or "ESRCH") refused.Add($"{result.Attempt.Name}: {result.Word}");
        }

        Directory.Delete(Path.GetDirectoryName(place)!, recursive: true);
        Assert.True(refused.Count == 0, string.Join("\n", refused));
        Assert.True(await battery.OthersLiveAsync());
    }

    private static BatteryProgram Program(BatteryTargets targets, Action<BatteryProgram, BatteryTargets> attempts)
    {
        var program = new BatteryProgram();
        // A write beyond the limit of a file's size, or to a connection that is closed, would end it otherwise.
        foreach (var signal in new ulong[] { 25, 13 }) BatteryMonitor.Call(program, "rt_sigaction", signal, program.Words(1, 0, 0, 0), 0, 8);
        attempts(program, targets);
        program.Call(new BatteryCall(SystemCallNumbers.Of("getpid")) { Label = End, TellSuccess = true });
        return program;
    }
}
