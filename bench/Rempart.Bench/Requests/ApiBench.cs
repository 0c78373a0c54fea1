using System.Globalization;
using System.Runtime.CompilerServices;
using Rempart.Bench.Instance;
using Rempart.Bench.Report;

namespace Rempart.Bench.Requests;

/// <summary>The API server's speed and memory, with a server of the bench's own.</summary>
internal sealed class ApiBench : IBench
{
    /// <summary>One client is one user, who may ask only so often.</summary>
    private const int MostOfOne = 2000;

    private static readonly int[] _clients = [1, 16, 64];

    public string Name => "api";

    public string About => "requests about ConfigMaps of 1 KiB with 1, 16 and 64 clients, lists, watches, memory and start with 100,000 objects";

    public async IAsyncEnumerable<BenchTable> RunAsync(BenchSettings settings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int Count(int clients) => clients == 1 ? Math.Min(settings.Rounds * 100, MostOfOne) : settings.Rounds * 400;
        await using var server = await BenchServer.StartAsync(settings, [], cancellationToken);
        using var maps = new ConfigMaps(server, _clients.Max());
        await maps.ProjectAsync();
        await maps.WarmAsync();
        settings.Progress("compiling what is measured");
        await Rounds(server, maps, 16, 6000, "warm");
        await Rounds(server, maps, 16, 6000, "warm");
        var idle = Memory("idle", server);

        List<IReadOnlyList<string>> rows = [];
        foreach (var clients in _clients)
        {
            settings.Progress($"{clients} {(clients == 1 ? "client" : "clients")}");
            rows.AddRange(await Rounds(server, maps, clients, Count(clients), $"c{clients}"));
        }

        yield return new BenchTable("Requests, store on SQLite with a sync for each group of commits", ["request", .. LoadResult.Columns], rows);
        if (OverEtcd.IsPossible) yield return await OverEtcd.RunAsync(settings, _clients, Count, cancellationToken);
        else settings.Progress("etcd is not measured: `apt-get install etcd-server` brings it");

        settings.Progress("watchers");
        yield return await WatchesAsync(settings, server, maps, cancellationToken);

        List<IReadOnlyList<string>> memory = [idle];
        List<IReadOnlyList<string>> lists = [];
        var there = 0;
        foreach (var objects in new[] { 10_000, 100_000 })
        {
            settings.Progress($"{objects} objects");
            var from = there;
            await Load.RunAsync(16, objects - there, server.CpuSeconds, (client, i) => maps.CreateAsync(client, Numbered(from + i)));
            there = objects;
            var count = Math.Max(3, settings.Rounds);
            lists.Add(await ListAsync(server, maps, objects, count, "", "whole"));
            lists.Add(await ListAsync(server, maps, objects, count, "limit=500", "limit=500"));
            lists.Add(await ListAsync(server, maps, objects, count, "labelSelector=app%3Dother", "label selector that no object meets"));
            memory.Add(Memory($"{objects:N0} objects, just written and listed", server));
            await server.StopAsync();
            var ready = await server.StartAsync(cancellationToken);
            memory.Add(Memory(string.Create(CultureInfo.InvariantCulture, $"{objects:N0} objects, started again, ready after {ready.TotalMilliseconds:0} ms"), server));
            await maps.ListAsync(0, "");
            memory.Add(Memory($"{objects:N0} objects, started again and listed", server));
        }

        yield return new BenchTable("Lists", ["list", "median ms", "fastest", "slowest", "CPU ms", "MiB"], lists);
        yield return new BenchTable("Memory of the server", ["with", "RSS MiB", "PSS MiB"], memory);
    }

    private static string Numbered(int number) => string.Create(CultureInfo.InvariantCulture, $"m-{number:000000}");

    private static async Task<List<IReadOnlyList<string>>> Rounds(BenchServer server, ConfigMaps maps, int clients, int count, string prefix)
    {
        string Named(int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number}");
        var plural = clients == 1 ? "client" : "clients";
        return
        [
            [$"create, {clients} {plural}", .. (await Load.RunAsync(clients, count, server.CpuSeconds, (client, i) => maps.CreateAsync(client, Named(i)))).Cells()],
            [$"get, {clients} {plural}", .. (await Load.RunAsync(clients, count, server.CpuSeconds, (client, i) => maps.GetAsync(client, Named(i)))).Cells()],
            [$"update, {clients} {plural}", .. (await Load.RunAsync(clients, count, server.CpuSeconds, (client, i) => maps.UpdateAsync(client, Named(i), "1"))).Cells()],
            [$"apply, {clients} {plural}", .. (await Load.RunAsync(clients, count, server.CpuSeconds, (client, i) => maps.ApplyAsync(client, Named(i), "2"))).Cells()],
            [$"delete, {clients} {plural}", .. (await Load.RunAsync(clients, count, server.CpuSeconds, (client, i) => maps.DeleteAsync(client, Named(i)))).Cells()],
        ];
    }

    private static async Task<BenchTable> WatchesAsync(BenchSettings settings, BenchServer server, ConfigMaps maps, CancellationToken cancellationToken)
    {
        List<IReadOnlyList<string>> rows = [];
        for (var i = 0; i < 16; i++) await maps.CreateAsync(0, $"watched-{i}");
        foreach (var watchers in new[] { 100, 1000 })
        {
            await using var fan = await WatchFanOut.OpenAsync(server, watchers, cancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(1), settings.Time, cancellationToken);
            fan.Take();
            for (var i = 0; i < settings.Rounds * 5; i++)
            {
                var seen = fan.Events;
                fan.Sending();
                await maps.UpdateAsync(0, "watched-0", $"{watchers}-{i}");
                await UntilAsync(settings, () => fan.Events >= seen + watchers, cancellationToken);
            }

            var calm = fan.Take();
            var (before, began, used) = (fan.Events, settings.Time.GetTimestamp(), server.CpuSeconds());
            var changes = settings.Rounds * (watchers == 100 ? 200 : 30);
            await Load.RunAsync(16, changes, server.CpuSeconds, (client, i) => maps.UpdateAsync(client, $"watched-{client}", $"flat-{watchers}-{i}"));
            await UntilAsync(settings, () => fan.Events >= before + ((long)changes * watchers), cancellationToken);
            var (took, cpu) = (settings.Time.GetElapsedTime(began), server.CpuSeconds() - used);
            rows.Add([string.Create(CultureInfo.InvariantCulture, $"{watchers:N0} watchers"), Samples.Fine(calm.Median), Samples.Fine(calm.Quantile(0.99)), Samples.Text(changes * (double)watchers / took.TotalSeconds), Samples.Fine(cpu * 1e6 / (changes * (double)watchers))]);
        }

        return new BenchTable("Watches: from a change's request to its event, one change at a time; then changes by 16 clients", ["watchers", "p50 ms", "p99 ms", "events/s flat out", "CPU µs an event"], rows);
    }

    private static async Task UntilAsync(BenchSettings settings, Func<bool> holds, CancellationToken cancellationToken)
    {
        var from = settings.Time.GetTimestamp();
        while (!holds())
        {
            if (settings.Time.GetElapsedTime(from) > TimeSpan.FromMinutes(1)) throw new BenchException("watchers did not get their events within a minute");
            await Task.Delay(TimeSpan.FromMilliseconds(1), settings.Time, cancellationToken);
        }
    }

    private static async Task<IReadOnlyList<string>> ListAsync(BenchServer server, ConfigMaps maps, int objects, int count, string query, string what)
    {
        long bytes = 0;
        await maps.ListAsync(0, query);
        var result = await Load.RunAsync(1, count, server.CpuSeconds, async (client, _) => bytes = await maps.ListAsync(client, query));
        return [string.Create(CultureInfo.InvariantCulture, $"{objects:N0}, {what}"), .. result.Times.Cells(), Samples.Text(result.CpuSeconds * 1000 / count), Samples.Text(bytes / 1024.0 / 1024)];
    }

    private static IReadOnlyList<string> Memory(string with, BenchServer server) => [with, Samples.Text(ProcessUse.RssMiB(server.Pid)), Samples.Text(ProcessUse.PssMiB(server.Pid))];
}
