using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Audit;
using Rempart.Api.Meta;
using Rempart.ApiServer.Flow;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Tests.Http;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Flow;

/// <summary>What a flood of refusals leaves in the audit trail.</summary>
public sealed class RefusalLedgerTests
{
    private readonly RememberedAudit audit = new();

    [Fact]
    public async Task The_first_are_recorded_and_the_rest_is_counted_by_reason()
    {
        var ledger = new RefusalLedger(audit, new RefusalBounds { OfClient = 3 }, new ManualTime());
        for (var i = 0; i < 1000; i++) await ledger.AddAsync("10.0.0.1", Refusal(401));
        for (var i = 0; i < 10; i++) await ledger.AddAsync("10.0.0.1", Refusal(429));
        await ledger.AddAsync("10.0.0.2", Refusal(401));
        Assert.Equal(4, audit.Records.Count);
        Assert.Equal("further refusals are counted until the minute ends", audit.Records.ElementAt(2).Note);

        await ledger.FlushAsync();
        var counted = audit.Records.Where(record => record.Count is not null).ToList();
        Assert.Equal([(401, 997L), (429, 10L)], counted.Select(record => (record.Status!.Value, record.Count!.Value)).Order());
        Assert.All(counted, record => Assert.Contains("`10.0.0.1`", record.Note, StringComparison.Ordinal));
        await ledger.FlushAsync();
        Assert.Equal(6, audit.Records.Count);
    }

    [Fact]
    public async Task From_however_many_addresses_the_trail_grows_by_a_bounded_number_of_records_and_the_sum_is_right()
    {
        var bounds = new RefusalBounds();
        var ledger = new RefusalLedger(audit, bounds, new ManualTime());
        for (var i = 0; i < 50_000; i++) await ledger.AddAsync($"10.0.{i % 5000 / 250}.{i % 250}", Refusal(401));
        await ledger.FlushAsync();
        Assert.InRange(audit.Records.Count, 1, bounds.OfAll + bounds.Clients + 1);
        Assert.Equal(50_000, audit.Records.Sum(record => record.Count ?? 1));
    }

    [Fact]
    public async Task Counts_are_kept_while_the_trail_can_not_be_written()
    {
        var ledger = new RefusalLedger(audit, new RefusalBounds { OfClient = 0 }, new ManualTime());
        for (var i = 0; i < 5; i++) await ledger.AddAsync("a", Refusal(401));
        audit.Broken = true;
        await ledger.FlushAsync();
        await ledger.AddAsync("a", Refusal(401));
        audit.Broken = false;
        await ledger.FlushAsync();
        Assert.Equal(6, Assert.Single(audit.Records).Count);
    }

    [Fact]
    public async Task A_minute_writes_the_counts_and_so_does_the_end()
    {
        var time = new ManualTime();
        var ledger = new RefusalLedger(audit, new RefusalBounds { OfClient = 0 }, time);
        using var stop = new CancellationTokenSource();
        var run = ledger.RunAsync(stop.Token);
        await ledger.AddAsync("a", Refusal(401));
        time.Advance(TimeSpan.FromMinutes(1));
        await Eventually.HoldsAsync("the count", () => audit.Records.Count == 1, CancellationToken.None);
        await ledger.AddAsync("b", Refusal(401));
        await stop.CancelAsync();
        await run;
        Assert.Equal(2, audit.Records.Count);
    }

    [Fact]
    public async Task Who_hangs_up_before_the_answer_is_recorded_like_who_waits()
    {
        var time = new ManualTime();
        var pipeline = new RequestPipeline([new Refusing()], new RequestAudit(audit, new RefusalLedger(audit, new RefusalBounds(), time)), TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(60), time, NullLogger<RequestPipeline>.Instance);
        var http = new DefaultHttpContext { RequestAborted = new CancellationToken(canceled: true) };
        (http.Request.Method, http.Request.Path) = ("GET", "/api/v1/secrets");
        try
        {
            await pipeline.InvokeAsync(http);
        }
        catch (OperationCanceledException)
        {
            // Nobody is there to be answered.
        }

        Assert.Equal(403, Assert.Single(audit.Records).Status);
    }

    private static AuditRecord Refusal(int status) => new() { Stage = AuditStage.Outcome, AuditId = "x", Decision = "deny", Status = status };

    private sealed class Refusing : IRequestStage
    {
        public ValueTask RunAsync(RequestContext context, CancellationToken cancellationToken) => throw ApiException.Failure(403, StatusReason.Forbidden, "no");
    }
}
