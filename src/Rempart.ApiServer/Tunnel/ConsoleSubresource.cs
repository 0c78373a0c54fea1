using System.Globalization;
using Microsoft.AspNetCore.Http;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Tunnel;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tunnel;

/// <summary><c>virtualmachines/NAME/console</c>: the serial console as a WebSocket. Ends with the machine's run, the node's tunnel or the caller's access.</summary>
internal sealed class ConsoleSubresource(ObjectCache cache, TunnelServer tunnels, MachineFollowers followers, AccessWatch access, IStreamAudit audit, TimeProvider time, CancellationToken stopping) : ISubresource
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    public KindInfo Kind { get; } = KindInfo.Of<VirtualMachine>();

    public string Name => "console";

    public SubresourceInfo Info { get; } = new("console", nameof(VirtualMachine), ["get"]);

    public async Task<ApiResult?> HandleAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        var info = context.Info;
        if (info.Verb != "get" || info.Rest.Count > 0) throw Failures.MethodNotAllowed();
        RefuseForeignPage(context.Http.Request);
        await cache.SyncAsync(cancellationToken);
        var machine = Read(ns, info.Name!) ?? throw Failures.NotFound(Kind, info.Name!);
        if (ConsoleRules.Refusal(machine) is { } refusal) throw Failures.Conflict(Kind, info.Name!, refusal);
        var session = tunnels.Require(machine.Status!.NodeName!);
        await audit.OpeningAsync(context, $"console of {machine.Metadata.Uid} on node {session.Node}", cancellationToken);
        var (status, note) = (500, "the console failed on the server");
        try
        {
            note = await ServeAsync(context, machine, session, cancellationToken);
            status = 101;
        }
        catch (ApiException refused)
        {
            (status, note) = (refused.Code, refused.Message);
            throw;
        }
        finally
        {
            await audit.EndedAsync(context, status, note);
        }

        return null;
    }

    private VirtualMachine? Read(string? ns, string name) => cache.Get(Kind, ns, name)?.As<VirtualMachine>();

    private async Task<string> ServeAsync(RequestContext context, VirtualMachine machine, TunnelSession session, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        await using var stream = await OpenAsync(context, machine, session, cancellationToken);

        // Asked for by an ordinary request, the same path tells what is wrong, and the node was asked for that too.
        var sockets = context.Http.WebSockets;
        if (!sockets.IsWebSocketRequest) throw Failures.BadRequest($"the console must be a WebSocket upgrade with subprotocol `{ConsoleRules.Protocol}`");
        if (!sockets.WebSocketRequestedProtocols.Contains(ConsoleRules.Protocol)) throw Failures.BadRequest($"the WebSocket's subprotocol must be `{ConsoleRules.Protocol}`");
        using var follower = followers.Follow(machine, session.Node);
        follower.Look(Read(machine.Metadata.Namespace, machine.Metadata.Name!));
        using var socket = await sockets.AcceptWebSocketAsync(new WebSocketAcceptContext { SubProtocol = ConsoleRules.Protocol });
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var serverStops = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = stopping.Register(() => serverStops.TrySetResult("the server stops: connect again"));
        var reason = await new ConsoleRelay(socket, stream.Frames, time).RunAsync([follower.Ended, access.LostAsync(context, over.Token), serverStops.Task], cancellationToken);
        await over.CancelAsync();
        using var patience = new CancellationTokenSource(Farewell, time);
        try
        {
            await stream.EndAsync(new StreamEnd { Reason = StreamEnd.Completed, Message = reason }, patience.Token);
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The node sees the end by the break.
        }

        return string.Create(CultureInfo.InvariantCulture, $"console closed: {reason}; {stream.Frames.BytesSent} bytes typed, {stream.Frames.BytesReceived} bytes shown, {time.GetElapsedTime(began).TotalSeconds:0} s");
    }

    private async Task<NodeStream> OpenAsync(RequestContext context, VirtualMachine machine, TunnelSession session, CancellationToken cancellationToken)
    {
        var (meta, user) = (machine.Metadata, context.RequiredCaller.Name);
        try
        {
            return await tunnels.OpenAsync(session, new StreamRequest(Kind.Kind, meta.Namespace, meta.Name!, meta.Uid!, Name, context.AuditId, user), cancellationToken);
        }
        catch (StreamRefusedException refused)
        {
            throw StreamFailures.Of(Kind, meta.Name!, session.Node, refused.End);
        }
    }

    // A browser sends its client certificate whatever page asks, and WebSockets know no same-origin rule (CWE-1385).
    private static void RefuseForeignPage(HttpRequest request)
    {
        if (request.Headers.Origin is not [{ Length: > 0 } origin]) return;
        if (Uri.TryCreate(origin, UriKind.Absolute, out var page) && page.Scheme == Uri.UriSchemeHttps && string.Equals(page.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)) return;
        throw ApiException.Failure(403, StatusReason.Forbidden, $"a page of `{origin}` may not open streams of this server");
    }
}
