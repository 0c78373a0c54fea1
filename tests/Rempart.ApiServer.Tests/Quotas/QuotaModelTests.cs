using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Rempart.Api;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Tests.Http;
using Rempart.Policy.Quotas;
using Rempart.Store;
using Rempart.Store.Memory;

namespace Rempart.ApiServer.Tests.Quotas;

/// <summary>
/// Random writers at three servers at once. Afterwards the store's history is gone through revision by revision: at each of them every
/// quota that has been counted says exactly what is there, and nothing has grown beyond a limit.
/// </summary>
public sealed class QuotaModelTests
{
    private static readonly Arbitrary<int[]> Scripts = Gen.Choose(0, 1_000_000).ArrayOf(60).ToArbitrary();
    private static readonly string[] Hard = ["configmaps", "count/configmaps", "requests.storage", "count/volumes.storage.rempart.dev", "resourcequotas"];

    [Fact]
    public async Task At_every_revision_what_is_used_is_what_is_there()
    {
        await using var world = await QuotaWorld.StartAsync(3);
        var (run, compared) = (0, 0);
        Prop.ForAll(Scripts, async script => Interlocked.Add(ref compared, await RunAsync(world, $"n{Interlocked.Increment(ref run)}", script))).Check(Config.QuickThrowOnFailure.WithMaxTest(25));
        Assert.True(compared > 0, "no quota was ever counted");
    }

    /// <summary>How often a quota was compared with what is there.</summary>
    private static async Task<int> RunAsync(QuotaWorld world, string ns, int[] script)
    {
        Assert.Equal(201, (await world.Servers[0].PostAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{ns}}}"}}""")).Code);
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, 6).Select(async writer =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < script.Length;)
            {
                var (code, body) = await StepAsync(world.Servers[writer % 3], ns, script[i]);
                // 422: a volume can't shrink.
                Assert.True(code is 200 or 201 or 403 or 404 or 409 or 422, body.ToJsonString());
            }
        }));
        await world.NothingIsWrongAsync(ns);
        return await ReplayAsync(world.Store, ns);
    }

    private static Task<(int Code, JsonObject Body)> StepAsync(TestServer server, string ns, int number)
    {
        var (what, which, amount) = (number % 16, number / 16 % 5, number / 80 % 7);
        var (maps, volumes, quotas) = ($"/api/v1/namespaces/{ns}/configmaps", $"/apis/storage.rempart.dev/v1/namespaces/{ns}/volumes", $"/api/v1/namespaces/{ns}/resourcequotas");
        return what switch
        {
            < 4 => server.PostAsync(maps, $$$"""{"metadata":{"name":"m{{{which}}}"}}"""),
            < 6 => server.DeleteAsync($"{maps}/m{which}"),
            6 => server.PatchAsync($"{maps}/m{which}", $$$"""{"data":{"a":"{{{amount}}}"},"metadata":{"finalizers":{{{(amount < 3 ? "[\"example.com/held\"]" : "null")}}}}}"""),
            < 9 => server.PostAsync(volumes, $$$"""{"metadata":{"name":"v{{{which}}}"},"spec":{"size":"{{{1 + amount}}}Gi"} }"""),
            9 => server.PatchAsync($"{volumes}/v{which}", $$$"""{"spec":{"size":"{{{2 + amount}}}Gi"} }"""),
            10 => server.DeleteAsync($"{volumes}/v{which}"),
            < 13 => server.PostAsync(quotas, $$$"""{"metadata":{"name":"q{{{which % 3}}}"},"spec":{"hard":{"{{{Hard[which]}}}":"{{{amount}}}","{{{Hard[(which + 1 + amount % 4) % 5]}}}":"{{{which + 1}}}"} } }"""),
            13 => server.PatchAsync($"{quotas}/q{which % 3}", $$$"""{"spec":{"hard":{"{{{Hard[amount % 5]}}}":"{{{which}}}"} } }"""),
            14 => server.PatchAsync($"{quotas}/q{which % 3}", $$$"""{"metadata":{"labels":{"a":"x{{{amount}}}"} } }"""),
            _ => server.DeleteAsync($"{quotas}/q{which % 3}"),
        };
    }

    private static async Task<int> ReplayAsync(MemoryStore store, string ns)
    {
        var last = (await store.CurrentAsync(CancellationToken.None)).Revision;
        var compared = 0;
        var there = new Dictionary<string, ApiObject>(StringComparer.Ordinal);
        await foreach (var batch in store.WatchAsync("/registry/", 1, CancellationToken.None))
        {
            foreach (var commit in batch.Events.GroupBy(change => change.Revision))
            {
                var before = Total(there.Values);
                foreach (var change in commit) Apply(there, change, ns);
                compared += Check(there.Values, before, Total(there.Values), commit.Key);
            }

            if (batch.Revision >= last) break;
        }

        return compared;
    }

    private static void Apply(Dictionary<string, ApiObject> there, StoreEvent change, string ns)
    {
        var kind = ApiKinds.All.FirstOrDefault(kind => !kind.Virtual && change.Key.StartsWith($"/registry/{(kind.Group.Length == 0 ? "core" : kind.Group)}/{kind.Plural}/{ns}/", StringComparison.Ordinal));
        if (kind is null || kind == KindInfo.Of<Secret>()) return;
        if (change.Value is { } value) there[change.Key] = (ApiObject)JsonSerializer.Deserialize(value.Span, kind.ClrType, ApiJson.Lenient)!;
        else there.Remove(change.Key);
    }

    private static int Check(IEnumerable<ApiObject> there, Dictionary<string, decimal> before, Dictionary<string, decimal> now, long revision)
    {
        var compared = 0;
        foreach (var quota in there.OfType<ResourceQuota>())
        {
            var book = new QuotaBook(quota);
            if (!book.IsSettled) continue;
            foreach (var (name, limit) in book.Hard)
            {
                var (used, was) = (now.GetValueOrDefault(name), before.GetValueOrDefault(name));
                Assert.True(book.Used[name] == used, string.Create(CultureInfo.InvariantCulture, $"revision {revision}: {quota.Metadata.Name} says {book.Used[name]} of {name}, and there is {used}"));
                Assert.True(used <= limit.Value || used <= was, string.Create(CultureInfo.InvariantCulture, $"revision {revision}: {name} grew from {was} to {used}, and {quota.Metadata.Name} allows {limit}"));
                compared++;
            }
        }

        return compared;
    }

    private static Dictionary<string, decimal> Total(IEnumerable<ApiObject> there)
    {
        var total = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var value in there)
        {
            string[] names = value switch
            {
                ConfigMap => ["configmaps", "count/configmaps"],
                ResourceQuota => ["resourcequotas"],
                Volume => ["count/volumes.storage.rempart.dev"],
                _ => [],
            };
            foreach (var name in names) total[name] = total.GetValueOrDefault(name) + 1;
            if (value is Volume volume) total["requests.storage"] = total.GetValueOrDefault("requests.storage") + volume.Spec.Size!.Value.Value;
        }

        return total;
    }
}
