using System.Text.Json;
using Rempart.Init.Supervision;

namespace Rempart.Init.Tests;

public sealed class InitLogTests
{
    [Fact]
    public void Each_state_of_a_service_is_one_line_in_either_form()
    {
        var failed = new ServiceStatus("server", ServiceState.Failed, Pid: null, Restarts: 2, TimeProvider.System.GetUtcNow(), "ended with\ncode 137");
        using var written = new StringWriter();
        new SupervisorLog(written, json: true, TimeProvider.System).Changed(failed);
        new SupervisorLog(written, json: true, TimeProvider.System).Changed(failed with { State = ServiceState.Ready, Pid = 7, Message = null });
        var lines = written.ToString().TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        using var first = JsonDocument.Parse(lines[0]);
        Assert.Equal(("error", "ServiceFailed", "service `server` is Failed: ended with\ncode 137"),
            (first.RootElement.GetProperty("level").GetString(), first.RootElement.GetProperty("event").GetString(), first.RootElement.GetProperty("message").GetString()));
        using var second = JsonDocument.Parse(lines[1]);
        Assert.Equal(("info", 7), (second.RootElement.GetProperty("level").GetString(), second.RootElement.GetProperty("fields").GetProperty("pid").GetInt32()));

        using var text = new StringWriter();
        new SupervisorLog(text, json: false, TimeProvider.System).Changed(failed with { Message = "ended with code 137" });
        Assert.EndsWith("error    service `server` is Failed: ended with code 137\n", text.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_that_can_t_be_written_stops_nothing()
    {
        using var device = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var full = new StreamWriter(device) { AutoFlush = true };
        new SupervisorLog(full, json: true, TimeProvider.System).Changed(new ServiceStatus("server", ServiceState.Ready, 7, 0, TimeProvider.System.GetUtcNow(), null));
        Assert.Throws<IOException>(() => full.Write("x"));
    }

    [Fact]
    [Trait("level", "real")]
    public async Task The_supervisor_s_own_log_has_a_bound_too()
    {
        await using var host = new InitHost();
        host.Write(host.Shell("a", "while :; do sleep 1; done"));
        await File.WriteAllBytesAsync(host.PathOf("init.log"), new byte[LogBound.Longest + 1], InitHost.Token);
        host.Start();
        await host.UntilAsync("a", status => status.State == ServiceState.Ready);
        for (var i = 0; i < 300 && !(File.Exists(host.PathOf("init.log.1")) && new FileInfo(host.PathOf("init.log")).Length == 0); i++) await Task.Delay(100, InitHost.Token);
        Assert.Equal(LogBound.Longest + 1, new FileInfo(host.PathOf("init.log.1")).Length);
        Assert.Equal(0, new FileInfo(host.PathOf("init.log")).Length);
    }
}
