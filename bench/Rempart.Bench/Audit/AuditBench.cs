using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Audit;
using Rempart.ApiServer.Audit;
using Rempart.Bench.Report;

namespace Rempart.Bench.Audit;

/// <summary>What a record of the audit trail costs whoever waits for it, beside the disk's own sync of as many bytes.</summary>
internal sealed class AuditBench : IBench
{
    private const int RecordsOfRound = 400;

    public string Name => "audit";

    public string About => "a durable record of the audit trail with 1, 16 and 64 writers, and the disk's own write and sync of as many bytes";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory($"/var/tmp/rempart-bench-audit-{Environment.ProcessId}").FullName;
        try
        {
            List<IReadOnlyList<string>> rows = [];
            var bytes = RecordBytes();
            settings.Progress("the disk alone");
            rows.Add(Row($"the disk alone: {bytes} bytes and a sync, one after the other", Alone(Path.Combine(folder, "alone"), bytes, settings.Rounds, out var took), took, settings.Rounds * RecordsOfRound));
            foreach (var writers in new[] { 1, 16, 64 })
            {
                settings.Progress($"{writers} writers");
                rows.Add(await TrailAsync(Path.Combine(folder, $"trail-{writers}"), writers, settings.Rounds, cancellationToken));
            }

            yield return new BenchTable("Milliseconds until a record is durable", ["way", "median", "99 of 100", "slowest", "records a second"], rows);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static AuditRecord Record(int number) => new()
    {
        Stage = AuditStage.Intent, AuditId = Guid.NewGuid().ToString(), User = "alice", Groups = ["operators", "system:authenticated"], Method = "certificate", Credential = "4F0C11D2A9", Source = "192.0.2.7",
        Verb = "update", Group = "compute.rempart.dev", Version = "v1", Resource = "virtualmachines", Namespace = "web", Name = $"m{number}", Key = $"/registry/compute.rempart.dev/virtualmachines/web/m{number}",
        Decision = "allow", Reason = "role binding `operators`", Before = new string('a', 64), After = new string('b', 64),
    };

    private static int RecordBytes()
    {
        using var buffer = new MemoryStream();
        AuditLine.Write(buffer, 1, AuditLine.Genesis, Record(1));
        return (int)buffer.Length;
    }

    private static Samples Alone(string path, int bytes, int rounds, out TimeSpan took)
    {
        var (samples, content, began) = (new Samples(), new byte[bytes], Stopwatch.GetTimestamp());
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        for (var i = 0; i < rounds * RecordsOfRound; i++)
        {
            var from = Stopwatch.GetTimestamp();
            file.Write(content);
            file.Flush(flushToDisk: true);
            samples.Add(Stopwatch.GetElapsedTime(from));
        }

        took = Stopwatch.GetElapsedTime(began);
        return samples;
    }

    // Each writer waits for its record before it writes the next, as a request does; intents get their outcomes.
    private static async Task<IReadOnlyList<string>> TrailAsync(string folder, int writers, int rounds, CancellationToken cancellationToken)
    {
        using var signer = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await using var log = AuditLog.Open(new AuditLogOptions { Folder = folder, Chain = "bench", Signer = signer, Checkpointed = (_, _) => ValueTask.CompletedTask }, NullLogger<AuditLog>.Instance);
        var each = Math.Max(2, rounds * RecordsOfRound / writers / 2 * 2);
        var all = new Samples();
        var began = Stopwatch.GetTimestamp();
        foreach (var mine in await Task.WhenAll(Enumerable.Range(0, writers).Select(writer => Task.Run(() => WriteAsync(log, writer, each, cancellationToken), cancellationToken))))
        {
            mine.ForEach(all.Add);
        }

        return Row($"the trail, {writers} {(writers == 1 ? "writer" : "writers")}", all, Stopwatch.GetElapsedTime(began), writers * each);
    }

    private static async Task<List<TimeSpan>> WriteAsync(AuditLog log, int writer, int records, CancellationToken cancellationToken)
    {
        var times = new List<TimeSpan>(records);
        for (var i = 0; i < records; i += 2)
        {
            var intent = Record((writer * records) + i);
            foreach (var record in new[] { intent, intent with { Stage = AuditStage.Outcome, Status = 200, Revision = i } })
            {
                var from = Stopwatch.GetTimestamp();
                await log.AppendAsync(record, cancellationToken);
                times.Add(Stopwatch.GetElapsedTime(from));
            }
        }

        return times;
    }

    private static IReadOnlyList<string> Row(string way, Samples samples, TimeSpan took, int records) =>
        [way, Two(samples.Median), Two(samples.Quantile(0.99)), Two(samples.Quantile(1)), Samples.Text(records / took.TotalSeconds)];

    private static string Two(double milliseconds) => milliseconds.ToString("0.00", System.Globalization.CultureInfo.InvariantCulture);
}
