using System.Diagnostics;

namespace Rempart.Init.Tests;

/// <summary>
/// The unit that `./dev boot enable` writes, kept by a systemd of its own: in namespaces, with a /run of its own, as a user's manager, which
/// treats a service as the system's does. The supervisor is the real one; the agent's program only writes down that it was asked.
/// </summary>
[Trait("level", "real")]
public sealed class UnitTests
{
    private const string Story = """
        set -eu
        mount -t tmpfs tmpfs /run
        mkdir -p /run/systemd/system /run/own/systemd/user
        export XDG_RUNTIME_DIR=/run/own HOME=/run/own
        ROOT=$PWD; source scripts/unit.sh
        ID=iabcdef HOME_OF_INSTANCE=$1 FIRST_UID=1000000000
        print_unit >/run/own/systemd/user/unit.service
        /lib/systemd/systemd --user >"$1/systemd.log" 2>&1 &
        until systemctl --user is-system-running 2>/dev/null | grep -qE 'running|degraded'; do sleep 0.1; done
        supervisor() { systemctl --user show unit -p MainPID --value; }
        service() { sed 's/ .*//' "$1/init/a.pid" 2>/dev/null || true; }
        # until WHAT COMMAND...: for at most 30 s.
        until_() { for _ in $(seq 300); do if "$@"; then return 0; fi; sleep 0.1; done; echo "never: $*"; cat "$HOME_OF_INSTANCE"/systemd.log "$HOME_OF_INSTANCE"/logs/init.log; exit 1; }
        other() { [ "$(supervisor)" != 0 ] && [ "$(supervisor)" != "$1" ] && "$HOME_OF_INSTANCE/current/init/rempart-init" status --data "$HOME_OF_INSTANCE" >/dev/null 2>&1; }
        is_inactive() { [ "$(systemctl --user show unit -p ActiveState --value)" = inactive ]; }
        say() { echo "$1: service $([ "$(service "$HOME_OF_INSTANCE")" = "$was" ] && kill -0 "$was" 2>/dev/null && echo the same || echo another), machines stopped $(grep -c . "$HOME_OF_INSTANCE/asked" || true) times"; }
        touch "$1/asked"
        systemctl --user start unit
        until_ test -s "$1/init/a.pid"
        was=$(service "$1")
        first=$(supervisor); until_ other 0
        say started
        kill -KILL "$first"; until_ other "$first"
        say killed
        second=$(supervisor)
        "$1/current/init/rempart-init" leave --data "$1"; until_ other "$second"
        say left
        "$1/current/init/rempart-init" stop --data "$1" >/dev/null; until_ is_inactive
        say 'ended by itself'
        systemctl --user start unit; until_ other 0
        systemctl --user stop unit
        say stopped
        cat "$1/asked"
        """;

    [Fact]
    public async Task Only_who_stops_the_unit_stops_machines_not_the_end_of_its_supervisor()
    {
        Assert.SkipUnless(File.Exists("/lib/systemd/systemd"), "no systemd");
        await using var host = new InitHost();
        host.Write(host.Shell("a", "while :; do sleep 1; done"));
        Directory.CreateDirectory(host.PathOf("current/node"));
        Directory.CreateDirectory(host.PathOf("logs"));
        File.CreateSymbolicLink(host.PathOf("current/init"), AppContext.BaseDirectory);
        await File.WriteAllTextAsync(host.PathOf("current/node/rempart-node"), $"#!/bin/sh\necho \"$*\" >>'{host.PathOf("asked")}'\n", InitHost.Token);
        File.SetUnixFileMode(host.PathOf("current/node/rempart-node"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var output = await RunAsync(host.Root);

        string asked = $"machines stop --data {host.Root}/node --instance iabcdef --first-uid 1000000000 --at-most 600";
        Assert.Equal(
            [
                "started: service the same, machines stopped 0 times", "killed: service the same, machines stopped 0 times", "left: service the same, machines stopped 0 times",
                "ended by itself: service another, machines stopped 0 times", "stopped: service another, machines stopped 1 times", asked,
            ],
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static async Task<string> RunAsync(string folder)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "rempart.slnx"))) root = root.Parent!;
        var start = new ProcessStartInfo("/usr/bin/unshare", ["--mount", "--pid", "--fork", "--mount-proc", "--cgroup", "--kill-child", "bash", "-c", Story, "bash", folder])
        {
            UseShellExecute = false,
            WorkingDirectory = root.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The unit says where the runtime is.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        using var story = Process.Start(start)!;
        var errors = story.StandardError.ReadToEndAsync(InitHost.Token);
        var output = await story.StandardOutput.ReadToEndAsync(InitHost.Token);
        await story.WaitForExitAsync(InitHost.Token);
        Assert.True(story.ExitCode == 0, output + await errors);
        return output;
    }
}
