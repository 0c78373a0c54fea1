using System.Text;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;
using Rempart.Store;

namespace Rempart.ApiServer.Discovery;

/// <summary><c>/livez</c>, <c>/readyz</c> and <c>/healthz</c>, whole or one check (<c>/readyz/store</c>), with <c>?verbose</c> one line each.</summary>
internal sealed class HealthEndpoint(ObjectCache cache, IStore store) : IPathEndpoint
{
    private static readonly TimeSpan LongestCheck = TimeSpan.FromSeconds(5);
    private static readonly string[] Roots = ["/livez", "/readyz", "/healthz"];

    public bool Serves(string path) => Roots.Any(root => path == root || path.StartsWith(root + "/", StringComparison.Ordinal));

    public async Task<ApiResult?> GetAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var parts = context.Info.Path.Trim('/').Split('/');
        List<(string Name, Func<CancellationToken, ValueTask> Check)> checks = [("ping", _ => ValueTask.CompletedTask)];
        if (parts[0] != "livez")
        {
            // A read, since the newest revision may be known without asking the engine.
            checks.Add(("store", async token => await store.GetAsync(ObjectCache.Root + "core/namespaces/default", token)));
            checks.Add(("cache", async token => await cache.SyncAsync(token)));
        }

        if (parts.Length > 1) checks.RemoveAll(c => c.Name != parts[1]);
        if (checks.Count == 0) throw Failures.UnknownPath();
        var text = new StringBuilder();
        var good = true;
        foreach (var (name, check) in checks)
        {
            var ok = await PassesAsync(check, cancellationToken);
            good &= ok;
            text.Append(ok ? "[+]" : "[-]").Append(name).Append(ok ? " ok\n" : " failed: the server's log says why\n");
        }

        text.Append(parts[0]).Append(good ? " check passed\n" : " check failed\n");
        return new TextResult(good ? 200 : 500, good && !context.Query.Verbose ? "ok" : text.ToString());
    }

    private static async Task<bool> PassesAsync(Func<CancellationToken, ValueTask> check, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LongestCheck);
        try
        {
            await check(patience.Token);
            return true;
        }
        catch (Exception failure) when (failure is StoreException or OperationCanceledException)
        {
            return false;
        }
    }
}
