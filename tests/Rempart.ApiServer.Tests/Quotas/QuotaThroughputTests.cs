using System.Diagnostics;
using System.Globalization;
using Rempart.ApiServer.Tests.Http;
using Rempart.Store.Sqlite;

namespace Rempart.ApiServer.Tests.Quotas;

/// <summary>64 clients create in a project with a quota and in one without, on the real store. What it prints is for people; that all is made and counted is what it asserts.</summary>
[Trait("level", "real")]
public sealed class QuotaThroughputTests : IDisposable
{
    private const int Clients = 64;
    private const int Each = 20;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rempart-quota-");

    [Fact]
    public async Task A_project_with_a_quota_takes_64_creators_without_refusing_or_losing_any()
    {
        await using var server = await TestServer.StartAsync(SqliteStore.Open(new SqliteStoreOptions { Path = Path.Combine(_folder.FullName, "store.db") }), options => options with
        {
            Flow = options.Flow with { Tenants = options.Flow.Tenants with { SeatsOfClient = Clients, Requests = null, Recorded = null } },
        });
        foreach (var ns in (string[])["warm", "free", "held"]) Assert.Equal(201, (await server.PostAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{ns}}}"}}""")).Code);
        Assert.Equal(201, (await server.PostAsync("/api/v1/namespaces/held/resourcequotas", """{"metadata":{"name":"q"},"spec":{"hard":{"configmaps":"100k","count/secrets":"1"}}}""")).Code);
        await CreateAsync(server, "warm");
        var (free, held) = (await CreateAsync(server, "free"), await CreateAsync(server, "held"));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Clients} creators: {free:F0} a second without a quota, {held:F0} with one"));
        var used = (await server.GetAsync("/api/v1/namespaces/held/resourcequotas/q")).Body["status"]!["used"]!["configmaps"]!.GetValue<string>();
        Assert.Equal((Clients * Each).ToString(CultureInfo.InvariantCulture), used);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static async Task<double> CreateAsync(TestServer server, string ns)
    {
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async client =>
        {
            for (var i = 0; i < Each; i++)
            {
                var (code, body) = await server.PostAsync($"/api/v1/namespaces/{ns}/configmaps", $$$"""{"metadata":{"name":"m-{{{client}}}-{{{i}}}"}}""");
                Assert.True(code == 201, body.ToJsonString());
            }
        }));
        return Clients * Each / Stopwatch.GetElapsedTime(began).TotalSeconds;
    }
}
