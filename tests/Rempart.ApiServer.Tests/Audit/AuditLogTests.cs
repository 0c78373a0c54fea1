using Rempart.Api.Audit;
using Rempart.ApiServer.Audit;
using Rempart.Testing.Time;
using static Rempart.ApiServer.Tests.Audit.AuditFixture;

namespace Rempart.ApiServer.Tests.Audit;

public sealed class AuditLogTests : IDisposable
{
    private readonly AuditFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Fact]
    public async Task A_record_is_on_the_disk_when_its_append_returns()
    {
        await using var log = _fixture.Open();
        var sequence = await log.AppendAsync(Intent("request-1", "/k"), default);
        Assert.Equal(2, sequence);
        var written = _fixture.Records()[^1];
        Assert.Equal(
            (AuditStage.Intent, "request-1", "alice", "192.0.2.7", "virtualmachines", "allow", "/k"),
            (written.Stage, written.AuditId, written.User, written.Source, written.Resource, written.Decision, written.Key));
        Assert.Null(_fixture.Verify());
        var file = AuditFolder.File(_fixture.Folder, 1);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_fixture.Folder));
    }

    [Fact]
    public async Task Concurrent_records_share_syncs_and_form_one_chain()
    {
        const int records = 2000;
        _fixture.FileBytes = 64 * 1024 * 1024;
        await using (var log = _fixture.Open())
        {
            var sequences = await Task.WhenAll(Enumerable.Range(0, records).Select(i => Task.Run(async () => await log.AppendAsync(Outcome($"r{i}"), default))));
            Assert.Equal(Enumerable.Range(2, records).Select(i => (long)i), sequences.Order());
        }

        Assert.InRange(_fixture.Faults.Syncs, 1, records / 2);
        Assert.Equal(records + 1, _fixture.Records().Count);
        Assert.Null(_fixture.Verify());
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 100)]
    [InlineData(true, 100_000)]
    [InlineData(false, 0)]
    public async Task A_failing_disk_refuses_requests_and_the_trail_goes_on_when_it_recovers(bool append, int torn)
    {
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("before"), default);
            (_fixture.Faults.FailAppend, _fixture.Faults.FailSync, _fixture.Faults.TornBytes) = (append, !append, torn);
            for (var i = 0; i < 3; i++)
            {
                var refused = await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Intent("refused"), default));
                Assert.Contains(_fixture.Folder, refused.Message);
            }

            _fixture.Faults.FailOpen = true;
            await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Intent("refused"), default));
            (_fixture.Faults.FailAppend, _fixture.Faults.FailSync, _fixture.Faults.FailOpen) = (false, false, false);
            Assert.Equal(3, await log.AppendAsync(Outcome("after"), default));
        }

        Assert.Equal(["log", "before", "after"], _fixture.Records().Select(record => record.AuditId));
        Assert.Null(_fixture.Verify());
    }

    [Fact]
    public async Task An_outcome_that_could_not_be_written_is_written_as_soon_as_it_can_and_says_so()
    {
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("made", "/k"), default);
            _fixture.Faults.FailAppend = true;
            await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Outcome("made", "/k"), default));
            // Of something that was refused nothing is kept.
            await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Outcome("refused"), default));
            _fixture.Faults.FailAppend = false;
            Assert.Equal(4, await log.AppendAsync(Outcome("next"), default));
            await log.AppendAsync(Intent("last", "/l"), default);
            _fixture.Faults.FailAppend = true;
            await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Outcome("last", "/l"), default));
            _fixture.Faults.FailAppend = false;
        }

        Assert.Equal(["log", "made", "made", "next", "last", "last"], _fixture.Records().Select(record => record.AuditId));
        Assert.Contains("could not be written when it happened", _fixture.Records()[2].Note, StringComparison.Ordinal);
        Assert.Null(_fixture.Verify());
        await using var again = _fixture.Open();
        Assert.Empty(again.UnresolvedIntents);
    }

    [Fact]
    public async Task Outcomes_that_nobody_waits_for_share_the_sync_of_what_comes_next()
    {
        _fixture.Company = TimeSpan.FromMinutes(1);
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("a", "/a"), default);
            var syncs = _fixture.Faults.Syncs;
            log.AppendSoon(Outcome("a", "/a"));
            Assert.True(await log.AppendAsync(Intent("b", "/b"), default) is 4, "the outcome goes first, in the order in which they came");
            Assert.Equal(syncs + 1, _fixture.Faults.Syncs);
            // The last one is written by the end.
            log.AppendSoon(Outcome("b", "/b"));
        }

        Assert.Equal(["log", "a", "a", "b", "b"], _fixture.Records().Select(record => record.AuditId));
        Assert.Null(_fixture.Verify());
    }

    [Fact]
    public async Task An_outcome_that_nothing_follows_comes_soon_by_itself()
    {
        await using var log = _fixture.Open();
        await log.AppendAsync(Intent("a", "/a"), default);
        log.AppendSoon(Outcome("a", "/a"));
        await Eventually.HoldsAsync("the outcome", () => _fixture.Records().Count == 3, default);
    }

    [Fact]
    public async Task An_outcome_that_nobody_waits_for_outlives_a_failure_of_the_disk()
    {
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("a", "/a"), default);
            _fixture.Faults.FailAppend = true;
            log.AppendSoon(Outcome("a", "/a"));
            await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Intent("refused"), default));
            _fixture.Faults.FailAppend = false;
            await log.AppendAsync(Intent("b", "/b"), default);
            log.AppendSoon(Outcome("b", "/b"));
        }

        Assert.Equal(["log", "a", "a", "b", "b"], _fixture.Records().Select(record => record.AuditId));
        await using var again = _fixture.Open();
        Assert.Empty(again.UnresolvedIntents);
        // Of a trail that is closed nothing is asked any more.
        await again.DisposeAsync();
        again.AppendSoon(Outcome("late"));
    }

    [Fact]
    public async Task A_new_file_begins_at_its_size_and_the_chain_goes_over_files()
    {
        _fixture.FileBytes = 4096;
        for (var start = 0; start < 2; start++)
        {
            await using var log = _fixture.Open();
            for (var i = 0; i < 40; i++)
            {
                await log.AppendAsync(Intent($"r{start}-{i}"), default);
                await log.AppendAsync(Outcome($"r{start}-{i}"), default);
            }

            Assert.Empty(log.UnresolvedIntents);
        }

        var files = AuditFolder.Files(_fixture.Folder);
        Assert.True(files.Count > 5, "few files");
        Assert.All(files, file => Assert.InRange(new FileInfo(file).Length, 1, 4096 + 2048));
        Assert.Null(_fixture.Verify());
    }

    [Fact]
    public async Task A_rotation_that_fails_halfway_is_done_again()
    {
        _fixture.FileBytes = 1024;
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("open"), default);
            await log.AppendAsync(Intent("filler"), default);
            (_fixture.Faults.FailAppend, _fixture.Faults.TornBytes) = (true, 50);
            await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Outcome("filler"), default));
            _fixture.Faults.FailAppend = false;
            await log.AppendAsync(Outcome("filler"), default);
        }

        Assert.Null(_fixture.Verify());
        await using var next = _fixture.Open();
        Assert.Equal(["open"], next.UnresolvedIntents.Select(intent => intent.AuditId));
    }

    [Fact]
    public async Task Intents_without_outcome_are_named_after_a_restart_from_however_far_back()
    {
        _fixture.FileBytes = 2048;
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("crashed", "/a"), default);
            await log.AppendAsync(Intent("half", "/a"), default);
            await log.AppendAsync(Intent("half", "/b"), default);
            await log.AppendAsync(Outcome("half", "/b"), default);
            for (var i = 0; i < 30; i++)
            {
                await log.AppendAsync(Intent($"r{i}", "/x"), default);
                await log.AppendAsync(Outcome($"r{i}"), default);
            }
        }

        for (var start = 0; start < 2; start++)
        {
            await using var log = _fixture.Open();
            Assert.Equal([("crashed", "/a"), ("half", "/a")], log.UnresolvedIntents.Select(intent => (intent.AuditId, intent.Key)));
            if (start == 1)
            {
                foreach (var intent in log.UnresolvedIntents)
                {
                    await log.AppendAsync(Outcome(intent.AuditId, intent.Key), default);
                }
            }
        }

        await using var resolved = _fixture.Open();
        Assert.Empty(resolved.UnresolvedIntents);
        Assert.Null(_fixture.Verify());
    }

    [Fact]
    public async Task A_record_cut_anywhere_by_a_crash_is_set_aside_and_noted()
    {
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("whole"), default);
            await log.AppendAsync(Intent("torn"), default);
        }

        var file = AuditFolder.File(_fixture.Folder, 1);
        var bytes = await File.ReadAllBytesAsync(file);
        var start = bytes.Length - _fixture.Lines()[^1].Length - 1;
        for (var cut = start + 1; cut < bytes.Length - 1; cut += 37)
        {
            // A record that a crash cuts was never durable, so no checkpoint counted it.
            _fixture.Checkpoints.Clear();
            await File.WriteAllBytesAsync(file, bytes[..cut]);
            await using (var log = _fixture.Open())
            {
                Assert.Equal(["whole"], log.UnresolvedIntents.Select(intent => intent.AuditId));
            }

            Assert.Contains("set aside", _fixture.Records()[^1].Note);
            Assert.Null(_fixture.Verify());
            var aside = Assert.Single(Directory.GetFiles(_fixture.Folder, "*.torn"));
            var kept = await File.ReadAllBytesAsync(aside);
            Assert.Equal([.. bytes[start..cut], (byte)'\n'], kept);
            File.Delete(aside);
        }
    }

    [Fact]
    public async Task A_last_record_that_lacks_only_its_line_feed_is_kept()
    {
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("last"), default);
        }

        var file = AuditFolder.File(_fixture.Folder, 1);
        await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(file))[..^1]);
        await using (var log = _fixture.Open())
        {
            Assert.Equal(["last"], log.UnresolvedIntents.Select(intent => intent.AuditId));
        }

        Assert.Equal(["log", "last", "log"], _fixture.Records().Select(record => record.AuditId));
        Assert.Null(_fixture.Verify());
    }

    [Fact]
    public async Task A_trail_changed_in_its_middle_is_not_added_to()
    {
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(Intent("a"), default);
            await log.AppendAsync(Outcome("a"), default);
        }

        var file = AuditFolder.File(_fixture.Folder, 1);
        var lines = await File.ReadAllLinesAsync(file);
        await File.WriteAllLinesAsync(file, [lines[0], lines[1].Replace("alice", "mallo", StringComparison.Ordinal), lines[2]]);
        Assert.Contains("rempart audit verify", Assert.Throws<AuditCorruptException>(_fixture.Open).Message);
        await File.WriteAllLinesAsync(file, [lines[0], lines[2]]);
        Assert.Throws<AuditCorruptException>(_fixture.Open);
    }

    [Fact]
    public async Task A_second_writer_is_refused()
    {
        await using var log = _fixture.Open();
        Assert.Throws<AuditUnavailableException>(_fixture.Open);
    }

    [Fact]
    public async Task A_closed_trail_refuses_records()
    {
        var log = _fixture.Open();
        await log.DisposeAsync();
        await Assert.ThrowsAsync<AuditUnavailableException>(async () => await log.AppendAsync(Intent("late"), default));
    }

    [Fact]
    public async Task Hostile_text_stays_in_its_record_and_within_bounds()
    {
        await using (var log = _fixture.Open())
        {
            await log.AppendAsync(
                Intent("hostile") with
                {
                    User = "a\n{\"seq\":3}\u001b[2J\u0085",
                    Name = new string('\u0001', 10_000_000),
                    Groups = [.. Enumerable.Range(0, 10_000).Select(i => new string('g', 1000))],
                },
                default);
            await log.AppendAsync(Outcome("next"), default);
        }

        Assert.Null(_fixture.Verify());
        var lines = _fixture.Lines();
        Assert.Equal(3, lines.Count);
        Assert.InRange(lines[1].Length, 1, AuditLine.MaxBytes / 2);
        Assert.DoesNotContain(lines[1], value => value < 0x20);
        Assert.Equal("a\n{\"seq\":3}\u001b[2J\u0085", _fixture.Records()[1].User);
        Assert.Contains("more)", _fixture.Records()[1].Name);
        Assert.Equal("… (9744 more)", _fixture.Records()[1].Groups![^1]);
    }

    [Fact]
    public async Task A_checkpoint_is_offered_after_so_many_records_and_at_the_end()
    {
        _fixture.CheckpointRecords = 10;
        await using (var log = _fixture.Open())
        {
            for (var i = 0; i < 25; i++)
            {
                await log.AppendAsync(Outcome($"r{i}"), default);
            }
        }

        Assert.True(_fixture.Checkpoints.Count >= 2, "no checkpoint on the way");
        Assert.Equal(26, _fixture.Checkpoints[^1].Count);
        Assert.All(_fixture.Checkpoints, checkpoint => Assert.Equal("test", checkpoint.Chain));
        Assert.Null(_fixture.Verify());
    }

    [Fact]
    public async Task A_checkpoint_is_offered_after_some_time()
    {
        _fixture.CheckpointInterval = TimeSpan.FromMilliseconds(20);
        await using var log = _fixture.Open();
        await log.AppendAsync(Outcome("r"), default);
        var limit = Task.Delay(TimeSpan.FromSeconds(30));
        while (!limit.IsCompleted)
        {
            lock (_fixture.Checkpoints)
            {
                if (_fixture.Checkpoints.Exists(checkpoint => checkpoint.Count == 2))
                {
                    return;
                }
            }

            await Task.Delay(5);
        }

        Assert.Fail("no checkpoint came");
    }
}
