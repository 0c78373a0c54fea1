using System.Formats.Asn1;
using System.Net;
using System.Numerics;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Node.Jail;
using Rempart.Node.Machines;
using Rempart.Node.Migration;
using Rempart.Runtime;

namespace Rempart.Node.Tests.Migration;

public sealed class MovePartsTests
{
    [Theory]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"status":7,"ram":[]}""")]
    [InlineData("""{"ram":{"total":-1,"transferred":"x","mbps":"fast","dirty-pages-rate":9223372036854775807,"page-size":9223372036854775807}}""")]
    public void What_a_taken_over_QEMU_answers_is_nothing_rather_than_a_failure(string answer)
    {
        using var document = JsonDocument.Parse(answer);
        var seen = QemuMigration.Parse(document.RootElement);
        Assert.Equal(("", 0L, 0L, 0L, 0L), (seen.Status, seen.Total, seen.Transferred, seen.PerSecond, seen.DirtyPerSecond));
        Assert.False(seen.HasEnded);
        Assert.Empty(QemuJob.Parse(document.RootElement));
    }

    [Theory]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("\"\"")]
    [InlineData("\"LONG\"")]
    public void A_mirror_whose_error_can_not_be_read_has_failed(string error)
    {
        using var document = JsonDocument.Parse($$"""[{"device":"move-job-disk0","status":"concluded","error":{{error.Replace("LONG", new string('e', 4000), StringComparison.Ordinal)}}},{"device":"move-job-disk1","status":"concluded"},{"device":"move-job-disk2","status":"concluded","error":null}]""");
        var jobs = QemuJob.Parse(document.RootElement);
        Assert.InRange(jobs[0].Error!.Length, 1, 300);
        Assert.Null(jobs[1].Error);
        Assert.Null(jobs[2].Error);
    }

    [Theory]
    [InlineData("127.0.0.1", "10.0.0.1")]
    [InlineData("169.254.169.254", "10.0.0.1")]
    [InlineData("224.0.0.1", "10.0.0.1")]
    [InlineData("255.255.255.255", "10.0.0.1")]
    [InlineData("0.0.0.7", "10.0.0.1")]
    [InlineData("fd00::2", "10.0.0.1")]
    [InlineData("10.0.0.2", "fd00::1")]
    [InlineData("::1", "fd00::1")]
    [InlineData("fe80::2", "fd00::1")]
    [InlineData("ff02::1", "fd00::1")]
    [InlineData("::ffff:127.0.0.1", "fd00::1")]
    public void A_stolen_host_leads_no_connection_of_root_where_no_other_host_is(string address, string own) =>
        Assert.Contains("no other host has", Assert.Throws<MoveException>(() => MoveHost.Peer(address, "the target's address", IPAddress.Parse(own))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("10.0.0.2", "10.0.0.1")]
    [InlineData("fd00::2", "fd00::1")]
    [InlineData("127.0.0.1", "127.0.0.1")]
    public void Another_hosts_address_is_taken(string address, string own) => Assert.Equal(IPAddress.Parse(address), MoveHost.Peer(address, "the target's address", IPAddress.Parse(own)));

    [Theory]
    [InlineData(null, 3, 0)]
    [InlineData(90L, 3, 30)]
    [InlineData(90L, 0, 90)]
    [InlineData(2L, 9, 1)]
    public void Disks_share_what_is_allowed(long? bandwidth, int disks, long each) =>
        Assert.Equal(each, new SourceSettings("m", IPAddress.Loopback, IPAddress.Loopback, 1, 2) { Bandwidth = bandwidth }.DiskBandwidth(disks));

    [Fact]
    public void Progress_is_bytes_and_an_estimate_only_where_it_gets_less()
    {
        using var document = JsonDocument.Parse("""{"status":"active","ram":{"total":1000,"transferred":600,"remaining":400000,"mbps":1.6,"dirty-pages-rate":10,"page-size":4096,"dirty-sync-count":3}}""");
        var memory = QemuMigration.Parse(document.RootElement);
        Assert.Equal((200_000L, 40_960L), (memory.PerSecond, memory.DirtyPerSecond));
        var progress = MoveShape.Progress(new(SourceStage.Sending, memory, [new("move-job-disk0", "running", 100, 40, null)]));
        Assert.Equal((400_000 / 159_040, 60L, 3L), (progress.EstimatedSecondsLeft, progress.Disks!.RemainingBytes, progress.Iteration));
        using var slow = JsonDocument.Parse("""{"status":"active","ram":{"remaining":400000,"mbps":0.1,"dirty-pages-rate":10,"page-size":4096}}""");
        Assert.Null(MoveShape.Progress(new(SourceStage.Sending, QemuMigration.Parse(slow.RootElement), [])).EstimatedSecondsLeft);
    }

    [Fact]
    public void A_machine_that_is_another_one_there_is_refused_with_the_reason()
    {
        using var launch = Launch();
        var shape = MachineShape.Of(launch, "pc-q35-7.2", 131_080);
        Assert.Null(shape.Misfit(launch));
        Assert.Null((shape with { MemoryKiB = 131_072 }).Misfit(launch));
        Assert.Contains("131104 KiB", (shape with { MemoryKiB = 131_104 }).Misfit(launch), StringComparison.Ordinal);
        Assert.Contains("`pc-q35-7.2,dump-guest-core=on`", (shape with { MachineType = "pc-q35-7.2,dump-guest-core=on" }).Misfit(launch), StringComparison.Ordinal);
        Assert.Contains("Kvm", (shape with { Accelerator = Accelerator.Kvm }).Misfit(launch), StringComparison.Ordinal);
        Assert.Contains("2 processors", (shape with { Vcpus = 2 }).Misfit(launch), StringComparison.Ordinal);
        Assert.Null((shape with { Ports = 24 }).Misfit(launch));
        Assert.Contains("1 slots", (shape with { Ports = 1 }).Misfit(launch), StringComparison.Ordinal);
        Assert.Contains("25 slots", (shape with { Ports = 25 }).Misfit(launch), StringComparison.Ordinal);
        Assert.Contains("nic nic0", (shape with { Devices = ["nic nic0 52:54:00:00:00:01"] }).Misfit(launch), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(6, 6)]
    [InlineData(null, 24)]
    public void The_target_has_as_many_slots_as_the_source_says(int? said, int has)
    {
        using var launch = Launch();
        var shape = MachineShape.Of(launch, "pc-q35-7.2", 131_080);
        Assert.Equal(shape.Ports, MoveShape.Of(MoveShape.Of(shape)).Ports);
        using var arriving = launch with { Arriving = MoveShape.Of(MoveShape.Of(shape) with { Slots = said }) };
        var jail = new JailRoot("0123456789abcdef", "/jail", 7, 2);
        Assert.Equal(has, QemuCommandLine.Create(arriving, jail, "/usr/bin/qemu").Count(word => word.StartsWith("pcie-root-port", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0, 100, 20)]
    [InlineData(3, 100, 20)]
    [InlineData(4, 100, 40)]
    [InlineData(7, 100, 100)]
    [InlineData(long.MaxValue, 60_000, 60_000)]
    [InlineData(1, 1, 1)]
    public void A_guest_may_stand_still_a_little_first_and_as_long_as_allowed_in_the_end(long passes, int most, int milliseconds)
    {
        Assert.Equal(milliseconds, DowntimeSteps.At(passes, most));
        Assert.Equal(DowntimeSteps.At(passes, 100) != DowntimeSteps.At(0, 100), DowntimeSteps.IsRaised(passes));
    }

    [Fact]
    public void Both_ends_keys_belong_to_one_move_and_one_role_and_to_nobody_elses_authority()
    {
        var uid = Guid.NewGuid().ToString("D");
        var (source, target) = (MoveKeys.Create(uid, MoveRole.Source, TimeProvider.System), MoveKeys.Create(uid, MoveRole.Target, TimeProvider.System));
        using var leaf = X509Certificate2.CreateFromPem(source.Certificate, source.Key);
        Assert.Equal($"CN={uid}:source", leaf.Subject);
        Assert.True(leaf.MatchesHostname("source"));
        Assert.True(Chains(source.Authority, leaf));
        Assert.False(Chains(target.Authority, leaf));
        Assert.Equal(source.Authority, MoveKeys.Checked(source.Authority + "\nand more that is no certificate"));
        Assert.Throws<MoveException>(() => MoveKeys.Checked("-----BEGIN NOTHING-----"));
        Assert.Throws<MoveException>(() => MoveKeys.Checked(new string('x', 9000)));
    }

    [Fact]
    public void Notes_outlive_the_agent_and_a_machine_has_one_move_at_a_time()
    {
        var folder = Directory.CreateTempSubdirectory("moves-").FullName;
        try
        {
            var notes = new MoveNotes { MigrationUid = "a", Namespace = "p", Name = "m1", MachineUid = Guid.NewGuid().ToString("D"), Machine = "web", Role = MoveRole.Source, RunGeneration = 3, Keys = new("a", "b", "c") };
            new MoveNotesFolder(folder, NullLogger.Instance).Write(notes);
            var later = new MoveNotesFolder(folder, NullLogger.Instance);
            Assert.True(later.Holds(notes.MachineUid));
            Assert.Equal(notes, later.Find(new ResourceKey("p", "m1"), MoveRole.Source));
            Assert.Null(later.Find(new ResourceKey("p", "m1"), MoveRole.Target));
            Assert.Contains("m1", Assert.Throws<MoveException>(() => later.Write(notes with { MigrationUid = "b" })).Message, StringComparison.Ordinal);
            Assert.All(Directory.EnumerateFiles(folder), file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
            later.Delete(notes);
            Assert.Empty(Directory.EnumerateFiles(folder));
            Assert.False(later.Holds(notes.MachineUid));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Notes_that_the_disk_does_not_take_are_not_there()
    {
        var folder = Directory.CreateTempSubdirectory("moves-").FullName;
        try
        {
            var notes = new MoveNotesFolder(folder, NullLogger.Instance);
            var first = new MoveNotes { MigrationUid = "a", Namespace = "p", Name = "m1", MachineUid = Guid.NewGuid().ToString("D"), Machine = "web", Role = MoveRole.Source, RunGeneration = 3 };
            var known = first with { MachineUid = Guid.NewGuid().ToString("D"), Name = "m2" };
            notes.Write(known);
            // A folder in the file's place: no file can be put over it, whoever tries.
            File.Delete(Path.Combine(folder, $"{known.MachineUid}.json"));
            foreach (var uid in new[] { first.MachineUid, known.MachineUid }) Directory.CreateDirectory(Path.Combine(folder, $"{uid}.json"));

            Assert.ThrowsAny<Exception>(() => notes.Write(first));
            Assert.False(notes.Holds(first.MachineUid));
            Assert.ThrowsAny<Exception>(() => notes.Write(known with { Stage = MoveStage.Ready }));
            Assert.Equal(known, notes.Find(new ResourceKey("p", "m2"), MoveRole.Source));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool Chains(string authority, X509Certificate2 leaf)
    {
        using var root = X509Certificate2.CreateFromPem(authority);
        using var chain = new X509Chain { ChainPolicy = { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck } };
        chain.ChainPolicy.CustomTrustStore.Add(root);
        return chain.Build(leaf);
    }

    private static MachineLaunch Launch() => new()
    {
        Uid = Guid.NewGuid().ToString("D"),
        Name = "p/web",
        MemoryBytes = 128 << 20,
        Vcpus = 1,
        Boot = new MachineBoot.Kernel(File.OpenHandle("/dev/null"), null, ""),
    };

    [Fact]
    public void The_group_that_spares_a_targets_QEMU_its_own_is_the_one_of_RFC_7919()
    {
        var (start, end) = (MoveCredentials.Group.IndexOf("-----BEGIN DH PARAMETERS-----", StringComparison.Ordinal), MoveCredentials.Group.IndexOf("-----END", StringComparison.Ordinal));
        var group = new AsnReader(Convert.FromBase64String(MoveCredentials.Group[(start + 29)..end]), AsnEncodingRules.DER).ReadSequence();
        var (prime, generator) = (group.ReadInteger(), group.ReadInteger());
        Assert.False(group.HasData);
        Assert.Equal(2, generator);
        // p = 2^2048 - 2^1984 + ([2^1918 e] + 560316) 2^64 - 1; e as a sum of 1/k!, in fixed point with 64 bits to spare.
        var e = BigInteger.Zero;
        for (var (term, k) = (BigInteger.One << (1918 + 64), 1); !term.IsZero; term /= k++) e += term;
        Assert.Equal(BigInteger.Pow(2, 2048) - BigInteger.Pow(2, 1984) + (((e >> 64) + 560316) << 64) - 1, prime);
    }

    [Fact]
    public async Task What_a_target_accepts_answers_at_once()
    {
        using var listener = MoveSockets.Listen(IPAddress.Loopback, IPAddress.Loopback);
        using var source = await MoveSockets.ConnectAsync(IPAddress.Loopback, new IPEndPoint(IPAddress.Loopback, MoveSockets.PortOf(listener)), TestContext.Current.CancellationToken);
        using var accepted = await listener.AcceptAsync(TestContext.Current.CancellationToken);
        Assert.True(accepted.NoDelay);
        Assert.True(source.NoDelay);
    }
}
