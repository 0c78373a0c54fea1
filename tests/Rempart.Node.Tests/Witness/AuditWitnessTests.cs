using System.IO.Pipelines;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Audit;
using Rempart.Api.Meta;
using Rempart.Node.Witness;
using Rempart.Testing.Time;

namespace Rempart.Node.Tests.Witness;

/// <summary>A server that has every key of its own forges its trail: what the node kept contradicts it.</summary>
public sealed class AuditWitnessTests : IDisposable
{
    private readonly ManualTime _time = new(new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("witness-");
    private readonly TrailServer _server;

    public AuditWitnessTests() => _server = new TrailServer(_time);

    private string Folder => Path.Combine(_folder.FullName, "audit");

    [Fact]
    public async Task An_honest_trail_is_kept_and_vouched_for()
    {
        var witness = Witness();
        Assert.Null(await LookAsync(witness));
        _server.Write("one", "two");
        Assert.Equal(WitnessVerdict.Keep, await LookAsync(witness));
        Assert.Equal(WitnessVerdict.Known, await LookAsync(witness));
        _server.Write("three");
        Assert.Equal(WitnessVerdict.Keep, await LookAsync(witness));
        var verifier = Verify();
        Assert.Null(verifier.Finish());
        Assert.Equal(3, verifier.Vouched);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));
    }

    [Fact]
    public async Task A_chain_that_its_own_server_computes_anew_and_prolongs_is_found()
    {
        var witness = Witness();
        _server.Write("alice created m", "alice deleted m");
        await LookAsync(witness);
        _server.Forget();
        _server.Write("alice created m", "bob deleted m", "carol created n");

        // The node sees a head that is farther on: nothing is wrong with it by itself.
        Assert.Equal(WitnessVerdict.Keep, await LookAsync(witness));
        Assert.Equal(AuditFaultKind.Rewritten, Verify().Finish()?.Kind);
    }

    [Fact]
    public async Task A_tail_that_its_own_server_cuts_is_found_by_the_node_itself()
    {
        var witness = Witness();
        _server.Write("one", "two", "three");
        await LookAsync(witness);
        _server.Forget();
        _server.Write("one", "two");
        Assert.Equal(WitnessVerdict.Rewound, await LookAsync(witness));
        Assert.Equal(AuditFaultKind.Cut, Verify().Finish()?.Kind);
        Assert.Equal(2, Assert.Single(WitnessedCheckpoint.ReadFile(Path.Combine(Folder, "refused"))).Checkpoint.Count);
    }

    [Fact]
    public async Task Another_record_in_the_last_ones_place_is_found_by_the_node_itself()
    {
        var witness = Witness();
        _server.Write("one");
        await LookAsync(witness);
        _server.Forget();
        _server.Write("another");
        Assert.Equal(WitnessVerdict.Contradicts, await LookAsync(witness));
    }

    [Fact]
    public async Task A_new_key_does_not_replace_the_one_that_was_seen_first()
    {
        var witness = Witness();
        _server.Write("one");
        await LookAsync(witness);
        _server.NewKey();
        _server.Write("two");
        Assert.Equal(WitnessVerdict.Unsigned, await LookAsync(witness));
        Assert.Equal(WitnessVerdict.Unsigned, await LookAsync(Witness()));
        Assert.Single(WitnessedCheckpoint.ReadFile(Path.Combine(Folder, "checkpoints")));
    }

    [Fact]
    public async Task It_says_once_what_contradicts_and_remembers_over_a_restart()
    {
        _server.Write("one", "two");
        await LookAsync(Witness());
        _server.Forget();
        _server.Write("one");
        var told = new List<(WitnessVerdict Verdict, string Message)>();
        using var stop = new CancellationTokenSource();
        var looked = new TaskCompletionSource();
        var running = new AuditWitness(_server.Client(), new WitnessFolder(Folder), _time, NullLogger.Instance)
        {
            Contradicted = (verdict, message) =>
            {
                told.Add((verdict, message));
                looked.TrySetResult();
            },
        }.RunAsync(stop.Token);
        await looked.Task.WaitAsync(TestContext.Current.CancellationToken);
        for (var i = 0; i < 3; i++) _time.Advance(TimeSpan.FromSeconds(10));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        var (verdict, message) = Assert.Single(told);
        Assert.Equal(WitnessVerdict.Rewound, verdict);
        Assert.Contains("fewer records than the 2", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_a_crash_cut_is_told_again()
    {
        _server.Write("one");
        await LookAsync(Witness());
        var file = Path.Combine(Folder, "checkpoints");
        var whole = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        _server.Write("two");
        await LookAsync(Witness());
        var both = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        for (var length = whole.Length; length < both.Length; length += 7)
        {
            await File.WriteAllBytesAsync(file, both[..length], TestContext.Current.CancellationToken);
            Assert.Equal(WitnessVerdict.Keep, await LookAsync(Witness()));
            Assert.Equal([1, 2], WitnessedCheckpoint.ReadFile(file).Select(kept => kept.Checkpoint.Count));
        }
    }

    [Fact]
    public async Task A_file_that_is_spoilt_is_set_aside_and_witnessing_goes_on()
    {
        _server.Write("one");
        await LookAsync(Witness());
        await File.AppendAllTextAsync(Path.Combine(Folder, "checkpoints"), "{\"nonsense\":1}\n", TestContext.Current.CancellationToken);
        Assert.Equal(WitnessVerdict.Keep, await LookAsync(Witness()));
        Assert.Single(Directory.GetFiles(Folder, "checkpoints.unreadable-*"));
        Assert.Single(WitnessedCheckpoint.ReadFile(Path.Combine(Folder, "checkpoints")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("<html>")]
    [InlineData("[]")]
    [InlineData("{\"publicKey\":null}")]
    [InlineData("{\"publicKey\":\"x\",\"checkpoint\":{\"chain\":\"c\",\"count\":1,\"head\":\"h\",\"time\":\"2026-01-01T00:00:00Z\",\"signature\":\"!\"}}")]
    [InlineData("{\"publicKey\":\"x\",\"checkpoint\":null,\"more\":1}")]
    public async Task Nonsense_leaves_nothing_and_the_truth_is_taken_afterwards(string nonsense)
    {
        var witness = Witness();
        _server.Write("one");
        _server.Lie = () => new StringContent(nonsense);
        Assert.True(await Record.ExceptionAsync(() => LookAsync(witness)) is JsonException or CryptographicException);
        Assert.Empty(Directory.GetFiles(Folder));
        _server.Lie = null;
        Assert.Equal(WitnessVerdict.Keep, await LookAsync(witness));
    }

    [Fact]
    public async Task A_key_that_signed_nothing_is_not_the_one_seen_first()
    {
        var witness = Witness();
        _server.Write("one");
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var large = ECDsa.Create(ECCurve.NamedCurves.nistP521);
        foreach (var key in new[] { other, large })
        {
            _server.Lie = () => new ByteArrayContent(_server.Answer(key).ToJson());
            await Assert.ThrowsAsync<CryptographicException>(() => LookAsync(witness));
        }
        _server.Lie = null;
        Assert.Equal(WitnessVerdict.Keep, await LookAsync(witness));
    }

    [Fact]
    public async Task Ten_megabytes_are_not_taken()
    {
        _server.Write("one");
        _server.Lie = () => new ByteArrayContent(new byte[10 << 20]);
        Assert.Contains("longer than the 4096 bytes", (await Assert.ThrowsAsync<ApiException>(() => LookAsync(Witness()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_ends_its_answer_is_given_up_and_asked_again()
    {
        _server.Write("one");
        var asked = new SemaphoreSlim(0);
        _server.Lie = () =>
        {
            asked.Release();
            return new StreamContent(new Pipe().Reader.AsStream());
        };
        using var stop = new CancellationTokenSource();
        var running = Witness().RunAsync(stop.Token);
        for (var i = 0; i < 3; i++)
        {
            var again = asked.WaitAsync(TestContext.Current.CancellationToken);
            await Eventually.HoldsAsync("another question", _time, TimeSpan.FromSeconds(5), () => again.IsCompleted, TestContext.Current.CancellationToken);
        }
        _server.Lie = null;
        await Eventually.HoldsAsync("the checkpoint", _time, TimeSpan.FromSeconds(5), () => File.Exists(Path.Combine(Folder, "checkpoints")), TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        asked.Dispose();
    }

    [Fact]
    public async Task A_server_that_says_far_too_much_fills_no_file_of_the_nodes()
    {
        _server.Chain = new string('x', 1 << 20);
        _server.Write("one");
        await Assert.ThrowsAsync<ApiException>(() => LookAsync(Witness()));
        Assert.Empty(Directory.GetFiles(Folder));
    }

    [Fact]
    public void Old_checkpoints_are_thinned_and_the_newest_and_oldest_stay_to_vouch()
    {
        var now = _time.GetUtcNow();
        _server.Write("one");
        var kept = Enumerable.Range(0, 200 * 24 * 4).Select(i => new WitnessedCheckpoint { Seen = now - TimeSpan.FromDays(200) + TimeSpan.FromMinutes(15 * i), Checkpoint = _server.Latest! with { Count = i } }).ToList();
        var thin = WitnessRules.Thin(kept, now);
        Assert.Equal(kept[^1], thin[^1]);
        Assert.InRange(thin.Count, 110 + (88 * 24) + (2 * 96) - 3, 110 + (88 * 24) + (2 * 96) + 3);
        Assert.Equal(thin, WitnessRules.Thin(thin, now));
    }

    public void Dispose()
    {
        _server.Dispose();
        _folder.Delete(recursive: true);
    }

    private AuditWitness Witness() => new(_server.Client(), new WitnessFolder(Folder), _time, NullLogger.Instance);

    private static Task<WitnessVerdict?> LookAsync(AuditWitness witness) => witness.LookAsync(TestContext.Current.CancellationToken);

    /// <summary>As `rempart audit verify --anchor` does.</summary>
    private AuditVerifier Verify()
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(Path.Combine(Folder, "key.pem")));
        var verifier = new AuditVerifier(WitnessedCheckpoint.ReadFile(Path.Combine(Folder, "checkpoints")).Select(kept => kept.Checkpoint), key);
        foreach (var line in _server.Lines) verifier.Add(line);
        return verifier;
    }
}
