using Rempart.Controllers.Networking;
using Rempart.Protocols.Ovsdb;
using Rempart.Testing.Ovsdb;

namespace Rempart.Controllers.Tests.Networking;

[Trait("level", "real")]
public sealed class NorthboundConvergenceTests
{
    private const int Steps = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

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
                if (step % 5 == 4) server.Nbctl("ls-add", $"foreign-{step}", "--", "lr-add", $"foreign-{step}", "--", "--id=@a", "create", "Address_Set", $"name=foreign{step}");
                if (step % 7 == 6 && client.Replica!.Rows("Logical_Switch").FirstOrDefault() is { } victim) server.Nbctl("ls-del", victim.Uuid.ToString());
                var desired = NorthboundCompiler.Compile(FabricSamples.Random(random));
                await client.WaitAsync(r => r.Rows("Logical_Switch").All(s => server.Nbctl("ls-list").Contains(s.Uuid.ToString(), StringComparison.Ordinal)), Patience, TestContext.Current.CancellationToken);

                var plan = NorthboundPlan.Diff(client.Replica!, desired);
                if (plan.Count > 0) await client.TransactAsync(plan, TestContext.Current.CancellationToken);

                try
                {
                    var after = await client.WaitAsync(r => NorthboundPlan.Diff(r, desired).Count == 0, Patience, TestContext.Current.CancellationToken);
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
            await client.TransactAsync(NorthboundPlan.Diff(client.Replica!, desired), TestContext.Current.CancellationToken);
            server.Nbctl("create", "Logical_Switch", "name=shop/default", "external_ids:rempart-key=net-1", "external_ids:rempart-uid=net-1");
            await client.WaitAsync(r => r.Rows("Logical_Switch").Count() == 3, Patience, TestContext.Current.CancellationToken);

            await client.TransactAsync(NorthboundPlan.Diff(client.Replica!, desired), TestContext.Current.CancellationToken);

            await client.WaitAsync(r => r.Rows("Logical_Switch").Count() == 2 && NorthboundPlan.Diff(r, desired).Count == 0, Patience, TestContext.Current.CancellationToken);
        });
    }

    private static async Task WithClientAsync(OvsdbServerProcess server, Func<OvsdbClient, Task> story)
    {
        using var ending = new CancellationTokenSource();
        var client = new OvsdbClient(new OvsdbClientOptions
        {
            Database = NorthboundSchema.Database,
            Endpoints = [OvsdbEndpoint.Unix(server.SocketPath)],
            Monitor = NorthboundSchema.Monitor,
        }, TimeProvider.System);
        var running = client.RunAsync(ending.Token);
        try
        {
            await client.WaitAsync(_ => client.IsConnected, Patience, TestContext.Current.CancellationToken);
            await story(client);
        }
        finally
        {
            await ending.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
