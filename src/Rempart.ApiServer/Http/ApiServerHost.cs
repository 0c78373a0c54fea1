using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Rempart.Api.Meta;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Tracing;

namespace Rempart.ApiServer.Http;

/// <summary>A running API server: reads the store, follows it, serves until disposed.</summary>
public sealed class ApiServerHost : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ApiServerParts _parts;
    private readonly CancellationTokenSource _stop;
    private readonly Task _follow;
    private int _disposed;

    private ApiServerHost(WebApplication web, ApiServerParts parts, CancellationTokenSource stop, Task follow)
    {
        (_web, _parts, _stop, _follow) = (web, parts, stop, follow);
        Addresses = [.. web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a))];
    }

    /// <summary>The addresses that it listens on.</summary>
    public IReadOnlyList<Uri> Addresses { get; }

    /// <summary>Reads of stored objects.</summary>
    public IObjectReader Objects => _parts.Cache;

    /// <summary>Writes as the server itself.</summary>
    public IObjectWriter Writer => _parts.ServerWriter;

    /// <summary>The span that an object's reconciliation follows from; default when it is not traced.</summary>
    /// <param name="value">The object.</param>
    public ActivityContext TraceOf(ApiObject value) => _parts.Traces.Of(value);

    /// <summary>Ends with the server. It fails when the server can't go on: its process must end then.</summary>
    public Task Completion => _follow;

    /// <summary>Counts anew what a project's quotas limit, as is done every now and then, and tells what was wrong.</summary>
    internal Task<IReadOnlyList<(string Quota, string What)>> RecountAsync(string ns) => _parts.Quotas.RecountAsync(ns);

    /// <summary>Starts a server; returns when it answers.</summary>
    /// <param name="options">What it is made of.</param>
    /// <param name="cancellationToken">Gives up the start.</param>
    public static async Task<ApiServerHost> StartAsync(ApiServerOptions options, CancellationToken cancellationToken)
    {
        var stop = new CancellationTokenSource();
        var parts = ApiServerParts.Create(options, stop.Token);
        await parts.Cache.LoadAsync(cancellationToken);
        var follow = FollowAsync(parts, stop.Token);
        await BuiltInObjects.CreateAsync(parts, cancellationToken);
        if (options.Prepare is { } prepare) await prepare(parts.Cache, parts.ServerWriter, cancellationToken);
        var web = Build(options, parts);
        await web.StartAsync(cancellationToken);
        return new ApiServerHost(web, parts, stop, follow);
    }

    /// <summary>Ends watches and requests, then stops.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stop.CancelAsync();
        await _web.StopAsync();
        await _web.DisposeAsync();
        try
        {
            await _follow;
        }
        catch (OperationCanceledException)
        {
            // Asked for above.
        }

        // What was refused while connections ended.
        await _parts.Refusals.FlushAsync();
        _parts.Changes.Dispose();
        _parts.Quotas.Dispose();
        _parts.Tunnels.Dispose();
        _parts.Cache.Dispose();
        _stop.Dispose();
    }

    // The first that ends takes the server with it, but refusals are written to the last.
    private static async Task FollowAsync(ApiServerParts parts, CancellationToken stopping)
    {
        Task[] loops = [parts.Cache.FollowAsync(stopping), parts.Refusals.RunAsync(stopping), parts.Quotas.RunAsync(stopping), parts.Tunnels.Removal.RunAsync(stopping)];
        var first = await Task.WhenAny(loops);
        if (stopping.IsCancellationRequested) await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private static WebApplication Build(ApiServerOptions options, ApiServerParts parts)
    {
        // An empty builder: nothing is read from environment variables or files behind the caller's back.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = "rempart-server" });
        builder.Services.AddSingleton<ILoggerFactory>(new HostLogs(options.Logs));
        builder.Services.AddSingleton<DistributedContextPropagator>(new NoPropagation());
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().UseSockets(sockets => sockets.CreateBoundListenSocket = KestrelLimits.Listen);
        builder.WebHost.ConfigureKestrel(kestrel => KestrelLimits.Apply(kestrel, options));
        var web = builder.Build();
        web.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(20), KeepAliveTimeout = TimeSpan.FromSeconds(20) });
        web.Run(parts.Pipeline.InvokeAsync);
        return web;
    }
}
