using Rempart.Init.Services;
using Rempart.Init.Supervision;
using Rempart.Testing.Disks;

namespace Rempart.Init.Tests;

public sealed class DecisionTests
{
    [Fact]
    public void The_pause_doubles_to_a_bound_and_is_forgotten_once_it_was_ready_for_a_while()
    {
        List<double> pauses = [];
        TimeSpan? pause = null;
        for (var run = 0; run < 9; run++) pauses.Add((pause = Backoff.Next(pause, TimeSpan.FromSeconds(1))).Value.TotalSeconds);

        Assert.Equal([0.5, 1, 2, 4, 8, 16, 30, 30, 30], pauses);
        Assert.Equal(Backoff.First, Backoff.Next(pause, Backoff.Healthy));
    }

    [Fact]
    public void User_and_namespace_are_entered_before_the_program()
    {
        var command = ServiceProcess.Command(new ServiceSpec { Name = "a", Command = ["/bin/a", "-x"], Log = "/l", Netns = "n", User = "u" });

        Assert.Equal(
            ["/usr/bin/nsenter", "--net=/run/netns/n", "--", "/usr/bin/setpriv", "--reuid", "u", "--regid", "u", "--init-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--", "/bin/a", "-x"],
            command);
    }

    [Fact]
    public void A_service_of_root_keeps_all_capabilities_unless_it_names_some()
    {
        var service = new ServiceSpec { Name = "a", Command = ["/bin/a"], Log = "/l" };

        Assert.Equal(["/bin/a"], ServiceProcess.Command(service));
        Assert.Equal(["/usr/bin/setpriv", "--inh-caps=-all", "--bounding-set=-all,+chown,+mknod", "--", "/bin/a"], ServiceProcess.Command(service with { Capabilities = ["chown", "mknod"] }));
        Assert.Equal(["/usr/bin/setpriv", "--inh-caps=-all", "--bounding-set=-all", "--", "/bin/a"], ServiceProcess.Command(service with { Capabilities = [] }));
    }

    [Fact]
    public void A_log_that_is_too_long_is_kept_once_and_emptied()
    {
        var folder = Directory.CreateTempSubdirectory("rempart-log-");
        try
        {
            var log = Path.Combine(folder.FullName, "log");
            File.WriteAllText(log, "0123456789");

            LogBound.Keep(log, longest: 10);
            Assert.Equal(10, new FileInfo(log).Length);
            File.AppendAllText(log, "x");
            LogBound.Keep(log, longest: 10);

            Assert.Equal(0, new FileInfo(log).Length);
            Assert.Equal("0123456789x", File.ReadAllText(log + ".1"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    [Trait("level", "real")]
    public void A_log_that_is_too_long_on_a_full_disk_is_emptied_and_nothing_fails()
    {
        var folder = Directory.CreateTempSubdirectory("rempart-log-");
        try
        {
            using var disk = new SmallDisk(folder.FullName, mebibytes: 1);
            var log = Path.Combine(folder.FullName, "log");
            File.WriteAllBytes(log, new byte[300_000]);
            disk.Fill();

            LogBound.Keep(log, longest: 10);

            Assert.Equal(0, new FileInfo(log).Length);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("12")]
    [InlineData("x 1 b d")]
    [InlineData("1 2 3 4 5")]
    public void A_stamp_that_is_half_written_is_none(string text)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, text);
            Assert.Null(ProcessStamp.Read(path));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_stamp_of_another_boot_or_another_start_is_not_alive()
    {
        var self = new ProcessStamp(Environment.ProcessId, ProcessStamp.Ticks(Environment.ProcessId)!.Value, ProcessStamp.CurrentBoot(), "d");

        Assert.True(self.Lives());
        Assert.False((self with { StartTicks = self.StartTicks - 1 }).Lives());
        Assert.False((self with { BootId = "another" }).Lives());
    }
}
