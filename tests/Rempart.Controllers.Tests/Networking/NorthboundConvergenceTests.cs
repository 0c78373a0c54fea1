using Rempart.Controllers.Networking;
using Rempart.Protocols.Ovsdb;
using Rempart.Testing.Api;
using Rempart.Testing.Ovsdb;

namespace Rempart.Controllers.Tests.Networking;

[Trait("level", "real")]
public sealed class NorthboundConvergenceTests
{
    private const int Steps = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task From_any_state_to_any_other_one_transaction_leads_and_a_second_has_nothing_to_do()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        using var server = new OvsdbServerProcess();
        await WithClientAsync(server, async client =>
        {
            for (var step = 0; step < Steps; step++)
            {
                // Now and then another hand spoils the database.
                if (step % 5 == 4) await SpoilAsync(server, client, $"foreign-{step}");
                if (step % 7 == 6 && client.Replica!.Rows("Logical_Switch").FirstOrDefault() is { } victim)
                {
                    server.Nbctl("ls-del", victim.Uuid.ToString());
                    await SeeAsync(client, r => r.Find("Logical_Switch", victim.Uuid) is null);
                }
                var desired = NorthboundCompiler.Compile(FabricSamples.Random(random));

                var plan = NorthboundPlan.Diff(client.Replica!, desired);
                if (plan.Count > 0) await client.TransactAsync(plan, Stop);

                try
                {
                    var after = await client.WaitAsync(r => NorthboundPlan.Diff(r, desired).Count == 0, Patience, Stop);
                    Assert.Equal(desired.GroupBy(r => r.Table).ToDictionary(g => g.Key, g => g.Count()),
                        NorthboundSchema.Monitor.Keys.Where(t => after.Rows(t).Any()).ToDictionary(t => t, t => after.Rows(t).Count()));
                }
                catch (Exception exception) when (exception is TimeoutException or OvsdbTransactionException)
                {
                    Assert.Fail($"seed {seed}, step {step}: {exception.Message}; left: {string.Join(", ", NorthboundPlan.Diff(client.Replica!, desired))}");
                }
            }
        });
    }

    [Fact]
    public async Task A_row_inserted_twice_by_two_writers_is_settled()
    {
        using var server = new OvsdbServerProcess();
        await WithClientAsync(server, async client =>
        {
            var desired = NorthboundCompiler.Compile(FabricSamples.State());
            await client.TransactAsync(NorthboundPlan.Diff(client.Replica!, desired), Stop);
            server.Nbctl("create", "Logical_Switch", "name=shop/default", "external_ids:rempart-key=net-1", "external_ids:rempart-uid=net-1");
            await client.WaitAsync(r => r.Rows("Logical_Switch").Count() == 3, Patience, Stop);

            await client.TransactAsync(NorthboundPlan.Diff(client.Replica!, desired), Stop);

            await client.WaitAsync(r => r.Rows("Logical_Switch").Count() == 2 && NorthboundPlan.Diff(r, desired).Count == 0, Patience, Stop);
        });
    }

    [Fact]
    public async Task What_another_hand_adds_behind_a_stale_copy_is_left_by_that_transaction_and_taken_by_the_next()
    {
        using var server = new OvsdbServerProcess();
        await WithClientAsync(server, async client =>
        {
            var desired = NorthboundCompiler.Compile(FabricSamples.State());
            var stale = client.Replica!;
            await SpoilAsync(server, client, "foreign");

            await client.TransactAsync(NorthboundPlan.Diff(stale, desired), Stop);

            var seen = await SeeAsync(client, r => r.Rows("Logical_Switch").Count() == 3);
            var left = NorthboundPlan.Diff(seen, desired);
            Assert.Equal(["Address_Set", "Logical_Router", "Logical_Switch"], left.Select(o => o.ToString().Split(' ')[1]));
            await client.TransactAsync(left, Stop);
            Assert.Equal(2, (await SeeAsync(client, r => NorthboundPlan.Diff(r, desired).Count == 0)).Rows("Logical_Switch").Count());
        });
    }

    [Fact]
    public async Task The_controller_takes_away_what_another_hand_adds_and_puts_back_what_it_takes()
    {
        using var server = new OvsdbServerProcess();
        await using var world = new ControllerWorld(Stop, FabricController.Register(FabricSamples.Fabric, new FabricProgress(), Client(server)));
        string[] own = ["rempart_all"];
        await world.UntilAsync("the controller's rows", () => server.Nbctl("--bare", "--columns=name", "list", "Port_Group").Split('\n').SequenceEqual(own));
        for (var i = 0; i < 10; i++)
        {
            // Two writes at once meet the controller before, in and after its transaction.
            server.Nbctl("ls-add", $"foreign-{i}", "--", "lr-add", $"foreign-{i}", "--", "--id=@a", "create", "Address_Set", $"name=foreign{i}");
            server.Nbctl("--if-exists", "destroy", "Port_Group", "rempart_all");

            await world.UntilAsync("only the controller's rows", () => server.Nbctl("ls-list").Length == 0 && server.Nbctl("lr-list").Length == 0
                && server.Nbctl("list", "Address_Set").Length == 0 && server.Nbctl("--bare", "--columns=name", "list", "Port_Group").Split('\n').SequenceEqual(own));
        }
    }

    /// <summary>Another hand's rows, one in each table of roots that can stand alone.</summary>
    /// <returns>once they are in the client's copy: its updates come when they come, and a plan from before leaves the rows alone.</returns>
    private static async Task SpoilAsync(OvsdbServerProcess server, OvsdbClient client, string name)
    {
        server.Nbctl("ls-add", name, "--", "lr-add", name, "--", "--id=@a", "create", "Address_Set", $"name={name.Replace("-", "", StringComparison.Ordinal)}");
        await SeeAsync(client, r => r.Rows("Logical_Switch").Any(s => s["name"].Text == name));
    }

    private static Task<OvsdbReplica> SeeAsync(OvsdbClient client, Func<OvsdbReplica, bool> condition) => client.WaitAsync(condition, Patience, Stop);

    private static async Task WithClientAsync(OvsdbServerProcess server, Func<OvsdbClient, Task> story)
    {
        using var ending = new CancellationTokenSource();
        var client = Client(server);
        var running = client.RunAsync(ending.Token);
        try
        {
            await client.WaitAsync(_ => client.IsConnected, Patience, Stop);
            await story(client);
        }
        finally
        {
            await ending.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static OvsdbClient Client(OvsdbServerProcess server) => new(new OvsdbClientOptions
    {
        Database = NorthboundSchema.Database,
        Endpoints = [OvsdbEndpoint.Unix(server.SocketPath)],
        Monitor = NorthboundSchema.Monitor,
    }, TimeProvider.System);
}
