using Rempart.Node.Tests.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Battery;

/// <summary>A taken-over QEMU lies to the agent over its monitor: the agent says so in a sentence, ends the machine and leaves nothing.</summary>
[Trait("level", "real")]
public sealed class LyingMonitorTests
{
    private const int Never = 1 << 16;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<string> Greetings { get; } =
    [
        "giant", "deep", "never-ending", "rubbish", "empty", "number", "no version", "words for numbers", "huge numbers", "two of one name", "an answer first",
    ];

    public static TheoryData<string, string> Answers { get; } = new()
    {
        { "number", "5" },
        { "null", "null" },
        { "list", "[]" },
        { "no set", "{}" },
        { "word for the set", """{"fdset-id": "zero"}""" },
        { "fraction for the set", """{"fdset-id": 0.5}""" },
        { "set of no machine's size", """{"fdset-id": 1e400}""" },
    };

    public static TheoryData<string> Lines { get; } =
    [
        """{"return": {}, "id": 1}""", """{"return": {}}""", """{"error": 5, "id": "1"}""", """{"error": {"class": [], "desc": {}}, "id": "1"}""", """{"error": null, "id": "1"}""",
        """{"event": 5}""", """[1]""", """{"return": {}, "return": {}, "id": "1"}""",
    ];

    public static TheoryData<string> States { get; } =
    [
        "5", "[]", "null", """{"status": 5}""", """{"status": {}}""", """{"status": null}""", """[5]""", """[null, [], {"label": 5}]""", """[{"label": "ready", "frontend-open": "yes"}]""", """[{"label": "ready", "frontend-open": []}]""",
    ];

    [Theory]
    [MemberData(nameof(Greetings))]
    public async Task A_greeting_that_is_none_ends_the_start(string kind)
    {
        await RefusedAsync(program =>
        {
            BatteryMonitor.Call(program, "accept4", BatteryTargets.Monitor, 0, 0, 0);
            Greet(program, kind);
        });
    }

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task A_line_that_is_no_answer_ends_the_start(string line)
    {
        await RefusedAsync(program =>
        {
            BatteryMonitor.Greet(program);
            BatteryMonitor.Receive(program);
            BatteryMonitor.Say(program, line + "\n");
            // Whoever still waits then sees the end.
            BatteryMonitor.Call(program, "close", BatteryTargets.Session);
        });
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task An_answer_of_another_shape_names_nothing_since_nobody_asks_what_is_in_it(string kind, string answer)
    {
        Assert.NotEmpty(kind);
        await using var battery = new BatteryHost();
        var uid = JailHost.NewUid();
        var program = new BatteryProgram();
        BatteryMonitor.Greet(program);
        BatteryMonitor.Answer(program, 1, BatteryMonitor.StartCommands, answer);
        BatteryMonitor.Answer(program, BatteryMonitor.StartCommands + 1, 100, answer);
        BatteryMonitor.Rest(program);

        var (driver, _) = await battery.StartAsync(program, uid);
        Assert.Equal(WorkloadPhase.Running, (await driver.InspectAsync(uid, Cancellation)).Phase);
        await driver.DeleteAsync(uid, Cancellation);
        Assert.DoesNotContain(uid, battery.Host.Inventory().Replace(Path.Combine(battery.Host.Settings.DataFolder, uid), "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_without_end_in_place_of_an_answer_end_the_start() =>
        await RefusedAsync(program =>
        {
            BatteryMonitor.Greet(program);
            var flood = BatteryMonitor.Say(program, string.Concat(Enumerable.Repeat("""{"event": "STOP", "data": {"x": "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy"}}""" + "\n", 1000)));
            program.Jump(flood, onSuccess: flood);
        });

    [Theory]
    [MemberData(nameof(States))]
    public async Task A_machine_that_lies_about_its_state_runs_until_it_is_deleted(string answer)
    {
        await using var battery = new BatteryHost();
        var uid = JailHost.NewUid();
        var program = new BatteryProgram();
        BatteryMonitor.Greet(program);
        BatteryMonitor.Answer(program, 1, BatteryMonitor.StartCommands);
        BatteryMonitor.Answer(program, BatteryMonitor.StartCommands + 1, 100, answer);
        BatteryMonitor.Rest(program);

        var (driver, _) = await battery.StartAsync(program, uid);
        for (var look = 0; look < 3; look++)
        {
            var state = await driver.InspectAsync(uid, Cancellation);
            Assert.Equal((WorkloadPhase.Running, false), (state.Phase, state.GuestReady));
        }
        await driver.DeleteAsync(uid, Cancellation);
        Assert.Equal(WorkloadPhase.Absent, (await driver.InspectAsync(uid, Cancellation)).Phase);
    }

    private static void Greet(BatteryProgram program, string kind)
    {
        if (kind == "never-ending")
        {
            var write = BatteryMonitor.Say(program, new string('x', Never));
            program.Jump(write, onSuccess: write);
            return;
        }
        BatteryMonitor.Say(program, kind switch
        {
            "giant" => $$"""{"QMP": "{{new string('x', 2 << 20)}}"}""" + "\n",
            "deep" => new string('[', 100_000) + "\n",
            "rubbish" => "\0\u0001\ufffd\n",
            "empty" => "\n",
            "number" => """{"QMP": 5}""" + "\n",
            "no version" => """{"QMP": {}}""" + "\n",
            "words for numbers" => """{"QMP": {"version": {"qemu": {"major": "7", "minor": "2", "micro": "0"}}}}""" + "\n",
            "huge numbers" => """{"QMP": {"version": {"qemu": {"major": 1e99, "minor": 99999999999999999999, "micro": -1}}}}""" + "\n",
            "two of one name" => """{"QMP": {}, "QMP": {}}""" + "\n",
            _ => """{"return": {}, "id": "1"}""" + "\n",
        });
    }

    private static async Task RefusedAsync(Action<BatteryProgram> lie)
    {
        await using var battery = new BatteryHost();
        var uid = JailHost.NewUid();
        var program = new BatteryProgram();
        lie(program);
        BatteryMonitor.Rest(program);
        var driver = await battery.DriverAsync(program);

        var refused = await Assert.ThrowsAsync<WorkloadException>(async () => await driver.StartAsync(await battery.LaunchAsync(uid), Cancellation));

        Assert.InRange(refused.Message.Length, 1, 1000);
        Assert.Equal(ExitReason.Error, (await driver.InspectAsync(uid, Cancellation)).Exit!.Reason);
        await driver.DeleteAsync(uid, Cancellation);
        Assert.DoesNotContain(uid, battery.Host.Inventory().Replace(Path.Combine(battery.Host.Settings.DataFolder, uid), "", StringComparison.Ordinal), StringComparison.Ordinal);
    }
}
