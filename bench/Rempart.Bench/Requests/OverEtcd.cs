using System.Globalization;
using Rempart.Bench.Instance;
using Rempart.Bench.Report;
using Rempart.Protocols.Etcd;
using Rempart.Testing.Etcd;

namespace Rempart.Bench.Requests;

/// <summary>etcd alone, and a server over the same one.</summary>
internal static class OverEtcd
{
    private const int MostBytes = 1024 * 1024;

    /// <summary>Whether etcd is there to be measured.</summary>
    internal static bool IsPossible => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "etcd")));

    /// <summary>Writes as large as the server's: what kube-apiserver asks of etcd for a creation, without anything of ours.</summary>
    internal static async Task<BenchTable> RunAsync(BenchSettings settings, IReadOnlyList<int> clients, Func<int, int> count, CancellationToken cancellationToken)
    {
        await using var etcd = await EtcdCluster.StartAsync(1, cancellationToken);
        double Etcd() => ProcessUse.CpuSeconds(etcd.Members[0].Pid);
        List<IReadOnlyList<string>> rows = [];
        using (var direct = etcd.Connect())
        {
            var value = new byte[1300];
            Random.Shared.NextBytes(value);
            Task Put(int _, string name) => direct.TransactAsync(new EtcdTransaction([new EtcdCompare("/bench/" + name, 0)], [EtcdOperation.Put("/bench/" + name, value)], []), cancellationToken);
            Task Get(int _, string name) => direct.RangeAsync(new EtcdRange("/bench/" + name, null), MostBytes, cancellationToken);
            await Load.RunAsync(16, 2000, Etcd, (client, i) => Put(client, Named("warm", i)));
            foreach (var many in clients)
            {
                settings.Progress($"etcd alone, {many}");
                rows.Add([$"etcd alone: create, {Clients(many)}", .. (await Load.RunAsync(many, count(many), Etcd, (client, i) => Put(client, Named($"c{many}", i)))).Cells()]);
                rows.Add([$"etcd alone: get, {Clients(many)}", .. (await Load.RunAsync(many, count(many), Etcd, (client, i) => Get(client, Named($"c{many}", i)))).Cells()]);
            }
        }

        await using var server = await BenchServer.StartAsync(settings, ["--store", "etcd", .. etcd.Arguments("bench")], cancellationToken);
        double Both() => server.CpuSeconds() + Etcd();
        using var maps = new ConfigMaps(server, clients.Max());
        await maps.ProjectAsync();
        await maps.WarmAsync();
        settings.Progress("compiling what is measured");
        for (var round = 0; round < 3; round++)
        {
            await Load.RunAsync(16, 6000, Both, (client, i) => maps.CreateAsync(client, Named($"warm{round}", i)));
            await Load.RunAsync(16, 6000, Both, (client, i) => maps.GetAsync(client, Named($"warm{round}", i)));
            await Load.RunAsync(16, 6000, Both, (client, i) => maps.UpdateAsync(client, Named($"warm{round}", i), "1"));
        }

        foreach (var many in clients)
        {
            settings.Progress($"Rempart over etcd, {many}");
            rows.Add([$"Rempart over it: create, {Clients(many)}", .. (await Load.RunAsync(many, count(many), Both, (client, i) => maps.CreateAsync(client, Named($"c{many}", i)))).Cells()]);
            rows.Add([$"Rempart over it: get, {Clients(many)}", .. (await Load.RunAsync(many, count(many), Both, (client, i) => maps.GetAsync(client, Named($"c{many}", i)))).Cells()]);
            rows.Add([$"Rempart over it: update, {Clients(many)}", .. (await Load.RunAsync(many, count(many), Both, (client, i) => maps.UpdateAsync(client, Named($"c{many}", i), "1"))).Cells()]);
        }

        return new BenchTable("Over one etcd with TLS; processor time is the server's and etcd's together", ["request", .. LoadResult.Columns], rows);
    }

    private static string Clients(int count) => count == 1 ? "1 client" : $"{count} clients";

    private static string Named(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}-{number}");
}
