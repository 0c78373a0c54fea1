using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Audit;
using Rempart.ApiServer.Metrics;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Quotas;
using Rempart.Store;

namespace Rempart.ApiServer.Quotas;

/// <summary>
/// Counts for quotas that are new or have new limits, and now and then for all of them: what it finds wrong then, which should be nothing
/// ever, it sets right and tells in an Event and a metric.
/// </summary>
internal sealed partial class QuotaKeeper(ObjectCache cache, QuotaLedger ledger, Func<IObjectWriter> writer, TimeProvider time, ILogger logger) : IObjectObserver<ResourceQuota>, IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, bool> _new = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _wake = new(0, 1);

    /// <summary>Time between two counts of everything; as kube-controller-manager's <c>resource-quota-sync-period</c>.</summary>
    public TimeSpan Every { get; init; } = TimeSpan.FromMinutes(5);

    public void Put(ResourceQuota value)
    {
        if (new QuotaBook(value).IsSettled || !_new.TryAdd(value.Metadata.Namespace!, true)) return;
        Wake();
    }

    public void Remove(string? ns, string name)
    {
        if (cache.List(KindInfo.Of<ResourceQuota>(), ns).Count == 0) ledger.Forget(ns!);
    }

    /// <summary>One full count of a project.</summary>
    public Task<IReadOnlyList<(string Quota, string What)>> RecountAsync(string ns) => ledger.RecountAsync(ns);

    /// <summary>Works until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var counted = time.GetTimestamp();
        while (true)
        {
            await WaitAsync(cancellationToken);
            foreach (var ns in _new.Keys)
            {
                // Before the count: what changes while it counts is counted once more.
                _new.TryRemove(ns, out _);
                await CountAsync(ns);
            }

            if (time.GetElapsedTime(counted) < Every) continue;
            counted = time.GetTimestamp();
            foreach (var ns in cache.List(KindInfo.Of<ResourceQuota>(), null).Select(quota => quota.Namespace!).Distinct(StringComparer.Ordinal)) await CountAsync(ns);
        }
    }

    public void Dispose() => _wake.Dispose();

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        using var tick = new CancellationTokenSource(Tick, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, tick.Token);
        try
        {
            await _wake.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time to look whether anything was left over.
        }
    }

    private async Task CountAsync(string ns)
    {
        try
        {
            foreach (var (quota, what) in await ledger.RecountAsync(ns))
            {
                QuotaMetrics.Repaired();
                LogRepaired(ns, quota, what);
                await TellAsync(ns, quota, what);
            }
        }
        catch (Exception later) when (later is StoreException or AuditUnavailableException or ApiException)
        {
            LogLater(ns, later.Message);
            _new.TryAdd(ns, true);
        }
    }

    private async Task TellAsync(string ns, string quota, string what)
    {
        if (cache.Get(KindInfo.Of<ResourceQuota>(), ns, quota)?.As<ResourceQuota>() is not { } about) return;
        var now = time.GetUtcNow();
        await writer().CreateAsync(new Event
        {
            ApiVersion = "v1",
            Kind = "Event",
            Metadata = new ObjectMeta { Namespace = ns, Name = $"{quota}.{now.Ticks:x}" },
            InvolvedObject = new ObjectReference { ApiVersion = "v1", Kind = "ResourceQuota", Namespace = ns, Name = quota, Uid = about.Metadata.Uid },
            Type = "Warning",
            Reason = "UsageRepaired",
            Message = $"what is used was counted anew: {what}",
            Source = new EventSource { Component = "resourcequota" },
            ReportingComponent = "resourcequota",
            FirstTimestamp = now,
            LastTimestamp = now,
            Count = 1,
        }, CancellationToken.None);
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "quota {Quota} of {Namespace} was wrong and is set right: {What}")]
    private partial void LogRepaired(string @namespace, string quota, string what);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the quotas of {Namespace} could not be counted, trying again: {Reason}")]
    private partial void LogLater(string @namespace, string reason);
}
