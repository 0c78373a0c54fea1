using System.Text;
using Rempart.Api.Audit;
using Rempart.Api.Core;
using Rempart.Api.Meta;

namespace Rempart.Server.Tests.Exhaustion;

/// <summary>The server's disks fill, each alone and both as one: what still works, what is said, and that it ends by itself.</summary>
[Trait("level", "real")]
[Collection(WholeServers.Name)]
public sealed class FullDiskTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_stores_disk_is_full()
    {
        await using var server = await ServerOnSmallDisks.StartAsync("store");
        await server.WriteAsync("before");
        var trail = server.Trail().Count;

        // When it fills up under writes
        server["store"].Fill(butBytes: 512 * 1024);
        var (written, refused) = await server.WriteUntilRefusedAsync("until", bytes: 20_000);

        // Then the refusal says which disk, at once and not to be repeated, and that nothing was changed
        Assert.Equal((507, StatusReason.InsufficientStorage), (refused.Code, refused.Status.Reason));
        Assert.Contains("disk of the store is full", refused.Message, StringComparison.Ordinal);
        Assert.Null(refused.Status.Details?.RetryAfterSeconds);
        Assert.NotEmpty(written);
        Assert.Null(await server.ReadAsync($"until-{written.Count}"));
        for (var i = 0; i < 20; i++) Assert.Equal(507, (await Assert.ThrowsAsync<ApiException>(() => server.WriteAsync($"more-{i}", 20_000))).Code);

        // And everything acknowledged can be read, listed and watched, and metrics say how much room there is
        Assert.Equal(written.Count + 1, (await server.Admin.ListAllAsync<ConfigMap>(new() { Namespace = "default" }, Stop)).Items.Count(map => map.Metadata.Name!.StartsWith("until-", StringComparison.Ordinal) || map.Metadata.Name == "before"));
        Assert.Matches("""(?m)^rempart_disk_available_bytes\{of="store"\} \d{1,6}$""", await MetricsAsync(server));

        // And each refused write has its intent and its outcome: none is left open
        var since = server.Trail().Skip(trail).Where(record => record.Resource == "configmaps").ToList();
        Assert.Empty(since.Where(record => record.Stage == AuditStage.Intent).Select(record => record.AuditId).Except(since.Where(record => record.Stage == AuditStage.Outcome).Select(record => record.AuditId)));
        Assert.Contains(since, record => record is { Stage: AuditStage.Outcome, Status: 507, Revision: null });

        // When there is room again, then it goes on by itself and with the same process
        server["store"].MakeRoom();
        await server.WriteAsync("after", 20_000);
        Assert.False(server.Running.IsCompleted);
        await server.StopServerAsync();
        await server.StartServerAsync();
        foreach (var name in written.Append("before").Append("after")) Assert.NotNull(await server.ReadAsync(name));
    }

    [Fact]
    public async Task The_audit_trails_disk_is_full()
    {
        await using var server = await ServerOnSmallDisks.StartAsync("audit");
        await server.WriteAsync("before");
        await server.Admin.CreateAsync(new Secret { Metadata = new() { Namespace = "default", Name = "sealed" } }, Stop);

        server["audit"].Fill(butBytes: 16 * 1024);
        var (written, refused) = await server.WriteUntilRefusedAsync("until", bytes: 10);

        // Then nothing changes without its record, and whoever asks is told which disk
        Assert.Equal(507, refused.Code);
        refused = await Assert.ThrowsAsync<ApiException>(() => server.WriteAsync("never"));
        Assert.Equal((507, StatusReason.InsufficientStorage), (refused.Code, refused.Status.Reason));
        Assert.Contains("disk of the audit trail is full", refused.Message, StringComparison.Ordinal);
        Assert.Null(await server.ReadAsync("never"));

        // And what needs no record goes on; what needs one, a Secret or a refusal, is not answered
        foreach (var name in written) Assert.NotNull(await server.ReadAsync(name));
        Assert.Equal(507, (await Assert.ThrowsAsync<ApiException>(() => server.Admin.GetAsync<Secret>("default", "sealed", Stop))).Code);
        using (var officer = server.Client("security-officer"))
        {
            Assert.Equal(507, (await Assert.ThrowsAsync<ApiException>(() => officer.CreateAsync(new ConfigMap { Metadata = new() { Namespace = "default", Name = "theirs" } }, Stop))).Code);
        }

        // When there is room again, then it goes on, the chain is whole, and no change is without its outcome
        server["audit"].MakeRoom();
        await server.WriteAsync("after");
        Assert.NotNull(await server.Admin.GetAsync<Secret>("default", "sealed", Stop));
        Assert.False(server.Running.IsCompleted);
        await server.StopServerAsync();
        var trail = server.Trail().Where(record => record.Resource == "configmaps").ToList();
        Assert.Empty(trail.Where(record => record.Stage == AuditStage.Intent).Select(record => record.AuditId).Except(trail.Where(record => record.Stage == AuditStage.Outcome).Select(record => record.AuditId)));
        await server.StartServerAsync();
        foreach (var name in written.Append("before").Append("after")) Assert.NotNull(await server.ReadAsync(name));
    }

    [Fact]
    public async Task One_disk_for_all_is_full_again_and_again()
    {
        await using var server = await ServerOnSmallDisks.StartAsync("");
        var acknowledged = new List<string>();
        for (var round = 0; round < 6; round++)
        {
            // Another remainder each time, so that sometimes the store meets the end first and sometimes the trail, before or behind the commit.
            server[""].Fill(butBytes: (96 + (round * 37)) * 1024);
            var (written, refused) = await server.WriteUntilRefusedAsync($"r{round}", bytes: 100 + (round * 3000));
            acknowledged.AddRange(written);
            Assert.Equal(507, refused.Code);
            foreach (var name in written) Assert.NotNull(await server.ReadAsync(name));
            server[""].MakeRoom();
            await server.WriteAsync($"after-{round}");
            acknowledged.Add($"after-{round}");
        }

        Assert.False(server.Running.IsCompleted);
        await server.StopServerAsync();
        var trail = server.Trail().Where(record => record.Resource == "configmaps").ToList();
        Assert.Empty(trail.Where(record => record.Stage == AuditStage.Intent).Select(record => record.AuditId).Except(trail.Where(record => record.Stage == AuditStage.Outcome).Select(record => record.AuditId)));
        await server.StartServerAsync();
        foreach (var name in acknowledged) Assert.NotNull(await server.ReadAsync(name));
    }

    private static async Task<string> MetricsAsync(ServerOnSmallDisks server) =>
        Encoding.UTF8.GetString((await server.Admin.SendAsync(HttpMethod.Get, "/metrics", null, null, "text/plain", Stop)).Span);
}
