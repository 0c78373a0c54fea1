using System.Text.Json.Nodes;
using Rempart.Api.Client;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Clients.Tests.Servers;
using Rempart.Testing.Etcd;

namespace Rempart.Clients.Tests.Election;

/// <summary>Two processes of <c>rempart-server</c> over one etcd, whose controllers stand for one lease.</summary>
[Trait("level", "real")]
public sealed class FrozenLeaderTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_frozen_leader_writes_nothing_more_once_it_is_thawed_and_a_stopped_or_killed_one_is_followed()
    {
        await using var etcd = await EtcdCluster.StartAsync(1, Stop);
        string[] store = ["--store", "etcd", .. etcd.Arguments("elected")];
        await using var one = await RealServer.StartAsync(Stop, [.. store, "--audit-chain", "one"]);
        var atOne = one.Api();
        var term = await LaterAsync("one leads", atOne, -1);
        await using var other = await one.StartTwinAsync(Stop, [.. store, "--audit-chain", "other"]);
        var api = other.Api();

        // Given a leader with its hands full: each project gets an account.
        var projects = new List<string>();
        async Task MakeAsync(int count)
        {
            for (var i = 0; i < count; i++)
            {
                projects.Add($"p{projects.Count}");
                await api.CreateAsync(new Namespace { Metadata = new() { Name = projects[^1] } }, Stop);
            }
        }

        await MakeAsync(30);
        await UntilAsync("accounts", async () => await AccountsAsync(api, projects) > 0);
        await MakeAsync(20);

        // When it freezes, the other does all the rest.
        one.Freeze();
        await MakeAsync(20);
        term = await LaterAsync("the other leads", api, term);
        var taken = long.Parse((await LeaseAsync(api))!.Metadata.ResourceVersion!, System.Globalization.CultureInfo.InvariantCulture);
        await UntilAsync("accounts of all", async () => await AccountsAsync(api, projects) == projects.Count);

        // And when it is thawed amid more work, it finishes nothing of what it had begun.
        await MakeAsync(10);
        one.Thaw();
        await UntilAsync("it knows", () => Task.FromResult(one.Log.Contains("leads rempart-controllers no more", StringComparison.Ordinal)));
        await UntilAsync("accounts of all", async () => await AccountsAsync(api, projects) == projects.Count);
        var late = Written(one).Where(write => write.Revision > taken).ToList();
        Assert.True(late.Count == 0, string.Join('\n', late));
        Assert.Contains(Written(one), write => write.Revision < taken);
        Assert.Contains(Written(other), write => write.Revision > taken);

        // When the leader is stopped, nobody waits for its lease to lapse; when it is killed, they do.
        await other.StopAsync();
        term = await LaterAsync("one leads again", atOne, term);
        await other.StartAgainAsync(Stop);
        await one.KillAsync();
        await LaterAsync("the other leads again", api, term);
        await MakeAsync(1);
        await UntilAsync("accounts of all", async () => await AccountsAsync(api, projects) == projects.Count);
        TestContext.Current.SendDiagnosticMessage($"{Refused(one)} late writes were refused");
    }

    private static async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        for (var i = 0; i < 600; i++)
        {
            if (await condition()) return;
            await Task.Delay(100, Stop);
        }

        Assert.Fail($"not within a minute: {what}");
    }

    // A busy leader may lose its term and have the next one: how often somebody was elected is not what is asked.
    private static async Task<int> LaterAsync(string what, ApiClient client, int before)
    {
        int? seen = null;
        await UntilAsync(what, async () => (seen = await TermAsync(client)) > before);
        return seen!.Value;
    }

    private static Task<Lease?> LeaseAsync(ApiClient client) => client.FindAsync<Lease>("kube-system", "rempart-controllers", Stop);

    private static async Task<int?> TermAsync(ApiClient client) => await LeaseAsync(client) is { Spec.HolderIdentity: not null } lease ? lease.Spec.LeaseTransitions : null;

    private static async Task<int> AccountsAsync(ApiClient client, List<string> projects)
    {
        var made = (await client.ListAllAsync<ServiceAccount>(ListQuery.All, Stop)).Items.Select(account => account.Metadata.Namespace).ToHashSet();
        return projects.Count(made.Contains);
    }

    // What controllers wrote through this server, but for the election's own.
    private static List<(string? User, string? Path, long Revision)> Written(RealServer server) =>
    [
        .. from record in Records(server)
           where (string?)record["stage"] == "outcome" && (long?)record["revision"] > 0
           let user = (string?)record["user"]
           where user is not null && user.StartsWith("system:controller:", StringComparison.Ordinal) && user != "system:controller:election"
           select (user, (string?)record["path"] ?? (string?)record["key"], (long)record["revision"]!),
    ];

    private static int Refused(RealServer server) => Records(server).Count(record => ((string?)record["note"] ?? (string?)record["reason"])?.Contains("leads no more", StringComparison.Ordinal) == true);

    private static IEnumerable<JsonNode> Records(RealServer server) => server.AuditTrail().Select(line => JsonNode.Parse(line)!["record"]!);
}
