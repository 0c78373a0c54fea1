using System.Diagnostics;
using System.Net.Sockets;
using Rempart.Init.Services;
using Rempart.Init.Supervision;

namespace Rempart.Init.Tests;

[Trait("level", "real")]
public sealed class SupervisionTests
{
    private const string Forever = "while :; do sleep 1; done";

    [Fact]
    public async Task A_process_that_got_the_number_of_another_is_not_signaled()
    {
        using var stranger = Process.Start("/bin/sleep", "60");
        var stamp = InitHost.StampOf(stranger.Id);
        Assert.False(Signals.Send(stamp with { StartTicks = stamp.StartTicks - 1 }, Signals.Kill));
        Assert.False(Signals.Send(stamp with { BootId = "an earlier one" }, Signals.Kill));
        Assert.True(InitHost.Lives(stranger.Id));
        Assert.True(Signals.Send(stamp, Signals.Kill));
        await stranger.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.False(Signals.Send(stamp, Signals.Kill));
    }

    [Fact]
    public async Task A_service_that_is_killed_comes_back()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", Forever));
        host.Start();
        var before = await host.UntilAsync("a", status => status.State == ServiceState.Ready);

        InitHost.Signal(before.Pid!.Value, Signals.Kill);

        var after = await host.UntilAsync("a", status => status.State == ServiceState.Ready && status.Pid != before.Pid);
        Assert.Equal(1, after.Restarts);
    }

    [Fact]
    public async Task A_service_of_root_and_what_it_starts_have_the_capabilities_that_it_names_and_no_others()
    {
        await using var host = new InitHost();
        var seen = host.PathOf("seen");
        var script = $"/bin/sh -c 'grep ^Cap /proc/self/status >{seen}.new'; mv {seen}.new {seen}; {Forever}";
        host.Write(host.Shell("a", script) with { Capabilities = ["chown", "net_admin"], Ready = new ReadySpec { File = seen } });
        host.Start();
        await host.UntilAsync("a", status => status.State == ServiceState.Ready);

        var sets = (await File.ReadAllLinesAsync(seen, InitHost.Token)).Select(line => line.Split(":\t")).ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        const string ChownAndNetAdmin = "0000000000001001"; // bits 0 and 12 (linux/capability.h)
        Assert.Equal((ChownAndNetAdmin, ChownAndNetAdmin, ChownAndNetAdmin), (sets["CapBnd"], sets["CapPrm"], sets["CapEff"]));
    }

    [Fact]
    public async Task A_supervisor_that_was_killed_takes_its_services_up_again_without_a_second_of_any()
    {
        await using var host = new InitHost();
        var service = host.Shell("a", Forever) with { Env = new Dictionary<string, string>(StringComparer.Ordinal) { ["MARKER"] = host.PathOf("a") } };
        host.Write(service);
        host.Start();
        var before = await host.UntilAsync("a", status => status.State == ServiceState.Ready);

        await host.KillInitAsync();
        Assert.True(InitHost.Lives(before.Pid!.Value));
        host.Start();

        var after = await host.UntilAsync("a", status => status.State == ServiceState.Ready);
        Assert.Equal(before.Pid, after.Pid);
        Assert.Single(host.Processes("a"), pid => pid == before.Pid);

        // An adopted one is watched as well as one of its own.
        InitHost.Signal(before.Pid!.Value, Signals.Kill);
        await host.UntilAsync("a", status => status.State == ServiceState.Ready && status.Pid != before.Pid);
    }

    [Fact]
    public async Task A_supervisor_that_leaves_hands_over_to_one_of_another_version()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", Forever), host.Shell("b", Forever));
        host.Start();
        var (a, b) = (await host.UntilAsync("a", status => status.State == ServiceState.Ready), await host.UntilAsync("b", status => status.State == ServiceState.Ready));

        var (code, output) = await host.RunAsync("leave");

        Assert.True(code == 0, output);
        // For systemd: it is to start the next one.
        Assert.Equal(75, await host.EndedAsync());
        Assert.True(InitHost.Lives(a.Pid!.Value) && InitHost.Lives(b.Pid!.Value));
        Assert.Equal(Path.Combine(AppContext.BaseDirectory, "rempart-init"), await File.ReadAllTextAsync(host.Folder.Lock, InitHost.Token));
        host.Write(host.Shell("a", Forever), host.Shell("b", $"true; {Forever}"));
        host.Start();
        Assert.Equal(a.Pid, (await host.UntilAsync("a", status => status.State == ServiceState.Ready)).Pid);
        Assert.NotEqual(b.Pid, (await host.UntilAsync("b", status => status.State == ServiceState.Ready)).Pid);
        Assert.False(InitHost.Lives(b.Pid!.Value));
    }

    [Fact]
    public async Task A_supervisor_that_left_answers_no_more()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", "exit 1"));
        host.Start();
        await host.UntilAsync("a", status => status.State == ServiceState.Failed);

        Assert.Null((await host.AskAsync("leave")).Error);
        await host.EndedAsync();

        Assert.NotEqual(0, (await host.RunAsync("status")).Code);
    }

    [Fact]
    public async Task A_service_that_changed_while_no_supervisor_ran_is_started_anew()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", Forever));
        host.Start();
        var before = await host.UntilAsync("a", status => status.State == ServiceState.Ready);
        await host.KillInitAsync();

        host.Write(host.Shell("a", "true; " + Forever));
        host.Start();

        await host.UntilAsync("a", status => status.State == ServiceState.Ready && status.Pid != before.Pid);
        Assert.False(InitHost.Lives(before.Pid!.Value));
    }

    [Fact]
    public async Task Services_start_in_order_and_stop_in_reverse()
    {
        await using var host = new InitHost();
        var order = host.PathOf("order");
        string Script(string name) => $"trap 'echo stop-{name} >>{order}; exit 0' TERM; echo start-{name} >>{order}; touch {host.PathOf(name)}; {Forever}";
        host.Write(
            host.Shell("c", Script("c")) with { After = ["b"] },
            host.Shell("b", Script("b")) with { After = ["a"], Ready = new ReadySpec { File = host.PathOf("b") } },
            host.Shell("a", "sleep 0.5; " + Script("a")) with { Ready = new ReadySpec { File = host.PathOf("a") } });
        host.Start();
        await host.UntilAsync("c", status => status.State == ServiceState.Ready);
        while (!File.Exists(host.PathOf("c"))) await InitHost.PauseAsync();

        Assert.Equal(0, await host.TerminateInitAsync());

        Assert.Equal(["start-a", "start-b", "start-c", "stop-c", "stop-b", "stop-a"], await File.ReadAllLinesAsync(order, InitHost.Token));
    }

    [Fact]
    public async Task A_oneshot_is_done_before_what_comes_after_it()
    {
        await using var host = new InitHost();
        host.Write(
            host.Shell("setup", $"sleep 0.3; touch {host.PathOf("done")}") with { Oneshot = true },
            host.Shell("a", $"test -e {host.PathOf("done")} || exit 9; {Forever}") with { After = ["setup"] });
        host.Start();

        var a = await host.UntilAsync("a", status => status.State == ServiceState.Ready);

        Assert.Equal(0, a.Restarts);
        Assert.Equal(ServiceState.Done, (await host.StatusAsync("setup")).State);
    }

    [Fact]
    public async Task What_comes_after_a_failing_oneshot_waits_and_the_reason_is_shown()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("setup", "echo no such network; exit 3") with { Oneshot = true }, host.Shell("a", Forever) with { After = ["setup"] });
        host.Start();

        var setup = await host.UntilAsync("setup", status => status.State == ServiceState.Failed);

        Assert.Contains("code 3", setup.Message, StringComparison.Ordinal);
        Assert.Equal(ServiceState.Waiting, (await host.StatusAsync("a")).State);
        Assert.Contains("no such network", await File.ReadAllTextAsync(host.PathOf("setup.log"), InitHost.Token), StringComparison.Ordinal);
        Assert.Equal(1, (await host.RunAsync("status")).Code);
    }

    [Fact]
    public async Task One_that_does_not_become_ready_is_started_again()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", Forever) with { Ready = new ReadySpec { UnixSocket = host.PathOf("none.sock"), WithinSeconds = 1 } });
        host.Start();

        var failed = await host.UntilAsync("a", status => status.State == ServiceState.Failed);

        Assert.Contains("1 s", failed.Message, StringComparison.Ordinal);
        await host.UntilAsync("a", status => status.Restarts >= 1 && status.State == ServiceState.Starting);
    }

    [Fact]
    public async Task A_socket_that_accepts_makes_a_service_ready()
    {
        await using var host = new InitHost();
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        host.Write(host.Shell("a", Forever) with { Ready = new ReadySpec { UnixSocket = host.PathOf("a.sock") } });
        host.Start();
        await host.UntilAsync("a", status => status.State == ServiceState.Starting);

        socket.Bind(new UnixDomainSocketEndPoint(host.PathOf("a.sock")));
        socket.Listen(1);

        await host.UntilAsync("a", status => status.State == ServiceState.Ready);
    }

    [Fact]
    public async Task One_that_ignores_the_request_to_end_is_killed()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", $"trap '' TERM; touch {host.PathOf("armed")}; {Forever}") with { StopSeconds = 1, Ready = new ReadySpec { File = host.PathOf("armed") } });
        host.Start();
        var running = await host.UntilAsync("a", status => status.State == ServiceState.Ready);

        Assert.Equal(0, await host.TerminateInitAsync());

        Assert.False(InitHost.Lives(running.Pid!.Value));
    }

    [Fact]
    public async Task A_user_has_no_capability_and_an_environment_of_its_own()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", "id -un; env; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status; " + Forever) with { User = "daemon" });
        host.Start();
        await host.UntilAsync("a", status => status.State == ServiceState.Ready);

        string log;
        do
        {
            await InitHost.PauseAsync();
            log = await File.ReadAllTextAsync(host.PathOf("a.log"), InitHost.Token);
        }
        while (!log.Contains("NoNewPrivs", StringComparison.Ordinal));
        Assert.StartsWith("daemon\n", log, StringComparison.Ordinal);
        Assert.DoesNotContain("DOTNET", log, StringComparison.Ordinal);
        Assert.DoesNotContain("HOME=/root", log, StringComparison.Ordinal);
        Assert.Matches(@"CapBnd:\s+0000000000000000", log);
        Assert.Matches(@"NoNewPrivs:\s+1", log);
    }

    [Fact]
    public async Task Reload_starts_what_is_new_stops_what_is_gone_and_leaves_the_rest_alone()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("stays", Forever), host.Shell("goes", Forever));
        host.Start();
        var stays = await host.UntilAsync("stays", status => status.State == ServiceState.Ready);
        var goes = await host.UntilAsync("goes", status => status.State == ServiceState.Ready);

        host.Write(host.Shell("stays", Forever), host.Shell("comes", Forever) with { After = ["stays"] });
        Assert.Null((await host.AskAsync("reload")).Error);

        await host.UntilAsync("comes", status => status.State == ServiceState.Ready);
        Assert.Equal(stays.Pid, (await host.StatusAsync("stays")).Pid);
        Assert.False(InitHost.Lives(goes.Pid!.Value));

        await File.WriteAllTextAsync(host.Folder.Services, "{", InitHost.Token);
        Assert.NotNull((await host.AskAsync("reload")).Error);
        Assert.Equal(stays.Pid, (await host.StatusAsync("stays")).Pid);
    }

    [Fact]
    public async Task Restart_is_at_once_and_names_what_it_does_not_know()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", Forever));
        host.Start();
        var before = await host.UntilAsync("a", status => status.State == ServiceState.Ready);

        Assert.Null((await host.AskAsync("restart", "a")).Error);
        await host.UntilAsync("a", status => status.State == ServiceState.Ready && status.Pid != before.Pid);
        Assert.Contains("`b`", (await host.AskAsync("restart", "b")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_service_stopped_by_name_stays_stopped_until_a_reload()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", Forever), host.Shell("b", Forever));
        host.Start();
        var a = await host.UntilAsync("a", status => status.State == ServiceState.Ready);
        var b = await host.UntilAsync("b", status => status.State == ServiceState.Ready);

        Assert.Equal(0, (await host.RunAsync("stop", "a")).Code);
        Assert.False(InitHost.Lives(a.Pid!.Value));
        Assert.Equal(ServiceState.Stopped, (await host.StatusAsync("a")).State);
        Assert.Contains("`reload`", (await host.AskAsync("restart", "a")).Error, StringComparison.Ordinal);
        Assert.Contains("`c`", (await host.AskAsync("stop", "c")).Error, StringComparison.Ordinal);

        Assert.Null((await host.AskAsync("reload")).Error);
        await host.UntilAsync("a", status => status.State == ServiceState.Ready && status.Pid != a.Pid);
        Assert.Equal(b.Pid, (await host.StatusAsync("b")).Pid);
    }

    [Fact]
    public async Task A_second_supervisor_of_the_same_folder_is_refused()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", Forever));
        host.Start();
        await host.UntilAsync("a", status => status.State == ServiceState.Ready);

        var (code, errors) = await host.RunAsync("run");

        Assert.Equal(69, code);
        Assert.Contains("runs already", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ends_everything_and_answers_before_it_goes()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", Forever));
        host.Start();
        var running = await host.UntilAsync("a", status => status.State == ServiceState.Ready);

        var (code, output) = await host.RunAsync("stop");

        Assert.Equal(0, code);
        Assert.Contains("Stopped", output, StringComparison.Ordinal);
        Assert.False(InitHost.Lives(running.Pid!.Value));
        Assert.Equal(69, (await host.RunAsync("status")).Code);
    }

    [Fact]
    public async Task A_service_without_a_log_of_its_own_writes_to_the_logs_folder()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", "echo said; " + Forever) with { Log = null });
        host.Start();
        await host.UntilAsync("a", status => status.State == ServiceState.Ready);

        while (await File.ReadAllTextAsync(host.PathOf("logs/a.log"), InitHost.Token) != "said\n") await InitHost.PauseAsync();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(host.PathOf("logs")));
    }

    [Fact]
    public async Task Stop_ends_what_a_dead_supervisor_left_running()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", Forever));
        host.Start();
        var running = await host.UntilAsync("a", status => status.State == ServiceState.Ready);
        await host.KillInitAsync();

        var (code, output) = await host.RunAsync("stop");

        Assert.Equal(0, code);
        Assert.Contains("ended a", output, StringComparison.Ordinal);
        Assert.False(InitHost.Lives(running.Pid!.Value));
    }

    [Fact]
    public async Task Nobody_but_root_reaches_the_socket()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", Forever));
        host.Start();
        await host.UntilAsync("a", status => status.State == ServiceState.Ready);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(host.Folder.Socket));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(host.Folder.Run));
    }
}
