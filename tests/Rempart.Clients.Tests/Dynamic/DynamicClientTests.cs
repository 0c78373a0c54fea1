using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Meta;
using Rempart.Clients.Tests.Servers;
using Rempart.Runtime;
using Rempart.Runtime.Informers;
using Rempart.Testing.Time;

namespace Rempart.Clients.Tests.Dynamic;

/// <summary>Our own client on kinds that it knows from discovery alone, and over several addresses.</summary>
[Trait("level", "real")]
public sealed class DynamicClientTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kinds_are_found_by_the_words_that_people_and_documents_use()
    {
        var mapper = new ResourceMapper(fixture.Server.Api());
        foreach (var word in (string[])["vm", "virtualmachine", "VirtualMachines", "virtualmachines.compute.rempart.dev", "virtualmachines.v1.compute.rempart.dev"])
        {
            var found = await mapper.FindAsync(word, Stop);
            Assert.Equal(("compute.rempart.dev/v1", "VirtualMachine", true, true), (found!.ApiVersion, found.Kind, found.Namespaced, found.HasStatus));
        }

        Assert.Equal("/api/v1/namespaces/p/configmaps/m", (await mapper.FindAsync("v1", "ConfigMap", Stop))!.Path("p", "m"));
        Assert.Null(await mapper.FindAsync("example.com/v1", "ConfigMap", Stop));
        Assert.Null(await mapper.FindAsync("nothing", Stop));
    }

    [Fact]
    public async Task Objects_of_any_kind_are_made_read_replaced_applied_listed_followed_and_deleted()
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var client = fixture.Server.Api();
        var kind = (await new ResourceMapper(client).FindAsync("machineclass", Stop))!;
        var made = await client.CreateAsync(kind, Class("dynamic-a", 1), Stop);
        Assert.Equal(("compute.rempart.dev/v1", "MachineClass", 1), (made.ApiVersion, made.Kind, made.At("spec", "cpus")!.Value.GetInt32()));
        var changed = await client.UpdateAsync(kind, made with { Metadata = made.Metadata with { Labels = new Dictionary<string, string> { ["size"] = "small" } } }, Stop);
        Assert.Equal("256Mi", changed.At("spec", "memory")!.Value.GetString());
        var stale = await Assert.ThrowsAsync<ApiException>(() => client.UpdateAsync(kind, made, Stop));
        Assert.Equal(409, stale.Code);

        var applied = await client.ApplyAsync(kind, Class("dynamic-b", 2), "one", false, Stop);
        Assert.Equal(2, applied.At("spec", "cpus")!.Value.GetInt32());
        var contested = await Assert.ThrowsAsync<ApiException>(() => client.ApplyAsync(kind, Class("dynamic-b", 4), "two", false, Stop));
        Assert.Contains("conflict with \"one\"", contested.Message, StringComparison.Ordinal);
        Assert.Equal(4, (await client.ApplyAsync(kind, Class("dynamic-b", 4), "two", true, Stop)).At("spec", "cpus")!.Value.GetInt32());

        var list = await client.ListAllAsync<DynamicObject>(kind, new ListQuery { LabelSelector = "size=small" }, Stop);
        Assert.Equal("dynamic-a", Assert.Single(list.Items).Metadata.Name);
        await client.DeleteAsync(kind, null, "dynamic-a", null, Stop);
        await foreach (var change in client.WatchAsync<DynamicObject>(kind, new ListQuery { LabelSelector = "size=small", ResourceVersion = list.Metadata.ResourceVersion }, ended.Token))
        {
            if (change.Type == ApiEventType.Bookmark) continue;
            Assert.Equal((ApiEventType.Deleted, "dynamic-a"), (change.Type, change.Object!.Metadata.Name));
            break;
        }

        Assert.Null(await client.FindAsync<DynamicObject>(kind, null, "dynamic-a", Stop));
    }

    [Fact]
    public async Task An_informer_goes_on_at_another_address_and_after_the_server_was_away()
    {
        await using var first = new CuttingProxy(fixture.Server.Address);
        await using var second = new CuttingProxy(fixture.Server.Address);
        using var client = ApiClient.Connect(fixture.Server.Connection() with { Server = first.Address, Alternates = [second.Address] }, TimeProvider.System);
        var kind = (await new ResourceMapper(client).FindAsync("configmap", Stop))!;
        var informer = new Informer<DynamicObject>(client, kind, new ListQuery { Namespace = "default" }, TimeProvider.System, NullLogger.Instance) { Resync = TimeSpan.FromSeconds(1) };
        var again = 0;
        informer.Cache.Subscribe((old, now) =>
        {
            if (ReferenceEquals(old, now)) Interlocked.Increment(ref again);
        });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        var running = informer.RunAsync(stop.Token);
        await Task.WhenAny(running, informer.WaitForSyncAsync(Stop));
        await client.CreateAsync(kind, Map("before"), Stop);
        await SeesAsync("before");

        // The first address is gone for good.
        await first.DisposeAsync();
        await client.CreateAsync(kind, Map("elsewhere"), Stop);
        await SeesAsync("elsewhere");

        await fixture.Server.KillAsync();
        await fixture.Server.StartAgainAsync(Stop);
        await client.CreateAsync(kind, Map("afterwards"), Stop);
        await SeesAsync("afterwards");
        await client.DeleteAsync(kind, "default", "before", null, Stop);
        await Eventually.HoldsAsync("before gone", () => informer.Cache.Get(new ResourceKey("default", "before")) is null, Stop);
        await Eventually.HoldsAsync("a resync", () => Volatile.Read(ref again) > 0, Stop);
        await stop.CancelAsync();
        await Task.WhenAny(running);

        Task SeesAsync(string name) => Eventually.HoldsAsync($"{name} in the cache", () => informer.Cache.Get(new ResourceKey("default", name)) is not null, Stop);
    }

    private static DynamicObject Map(string name) => new() { Metadata = new ObjectMeta { Namespace = "default", Name = name } };

    private static DynamicObject Class(string name, int cpus) => new()
    {
        Metadata = new ObjectMeta { Name = name },
        Fields = { ["spec"] = JsonDocument.Parse(Encoding.UTF8.GetBytes($$"""{"cpus":{{cpus}},"memory":"256Mi"}""")).RootElement.Clone() },
    };
}
