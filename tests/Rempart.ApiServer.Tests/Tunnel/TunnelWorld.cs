extern alias agent;

using System.Net;
using System.Net.WebSockets;
using System.Text;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Tickets;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Tests.Http;
using agent::Rempart.Node.Tunnel;
using Rempart.Testing.Time;

namespace Rempart.ApiServer.Tests.Tunnel;

/// <summary>A server, machines on the node `n1`, and an agent's tunnel to it.</summary>
internal sealed class TunnelWorld : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> agents = [];

    private TunnelWorld(TestServer server) => Server = server;

    public TestServer Server { get; }

    public static async Task<TunnelWorld> StartAsync(IAuthorizer? authorizer = null, TimeProvider? time = null)
    {
        var world = new TunnelWorld(await TestServer.StartAsync(change: options => options with { Authorizer = authorizer is null ? options.Authorizer : _ => authorizer, Time = time ?? options.Time }));
        await world.NodeAsync("n1");
        return world;
    }

    private static Dictionary<string, Quantity> Room => new(StringComparer.Ordinal) { ["cpu"] = Quantity.Parse("8"), ["memory"] = Quantity.Parse("8Gi") };

    /// <summary>A ready node, without an agent yet.</summary>
    public async Task NodeAsync(string name)
    {
        var writer = Server.Host.Writer;
        var node = await writer.CreateAsync(new Rempart.Api.Core.Node { ApiVersion = "v1", Kind = "Node", Metadata = new ObjectMeta { Name = name } }, default);
        await writer.UpdateAsync(node with { Status = new NodeStatus { Allocatable = Room, Conditions = [new NodeCondition { Type = "Ready", Status = "True" }] } }, default);
    }

    public async Task<VirtualMachine> MachineAsync(string name, string phase = MachinePhase.Running)
    {
        var writer = Server.Host.Writer;
        var machine = await writer.CreateAsync(new VirtualMachine
        {
            ApiVersion = "compute.rempart.dev/v1", Kind = "VirtualMachine", Metadata = new ObjectMeta { Name = name, Namespace = "default" },
            Spec = new VirtualMachineSpec { Template = "t", Class = "c" },
        }, default);
        return await writer.UpdateAsync(machine with { Status = (machine.Status ?? new()) with { Phase = phase, NodeName = "n1" } }, default);
    }

    /// <summary>Runs an agent; returns once the server knows its tunnel.</summary>
    public Task<CancellationTokenSource> AgentAsync(params IStreamHandler[] handlers) => AgentAsync(new AgentAround(), handlers);

    /// <summary>Runs an agent in other circumstances.</summary>
    public async Task<CancellationTokenSource> AgentAsync(AgentAround around, params IStreamHandler[] handlers)
    {
        var own = CancellationTokenSource.CreateLinkedTokenSource(stop.Token);
        var tickets = new TicketVerifier(around.Node, around.Trust ?? Server.Keys.Authority.Trust, around.TicketTime);
        var client = new TunnelClient(Server.ClientOf($"system:node:{around.Node}, O=system:nodes", between: around.Between), around.Node, tickets, handlers, around.Time, around.Log);
        agents.Add(client.RunAsync(own.Token));
        await Eventually.HoldsAsync("the agent's tunnel", () => around.Log.Stands > 0, default);
        return own;
    }

    public static string Console(string machine) => $"/apis/compute.rempart.dev/v1/namespaces/default/virtualmachines/{machine}/console";

    public Task<ClientWebSocket> ConnectAsync(string machine, string user = "alice", string? origin = null) => ConnectAsync(Console(machine), Server.ClientOf(user, HttpVersion.Version11), origin);

    public async Task<ClientWebSocket> ConnectAsync(string path, HttpClient client, string? origin)
    {
        var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("console.rempart.dev");
        socket.Options.CollectHttpResponseDetails = true;
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
        try
        {
            await socket.ConnectAsync(new UriBuilder(new Uri(Server.Address, path)) { Scheme = "wss" }.Uri, client, default);
            return socket;
        }
        catch (WebSocketException refused)
        {
            throw new InvalidOperationException($"refused with {(int)socket.HttpStatusCode}", refused);
        }
    }

    public static Task SendAsync(ClientWebSocket socket, byte channel, string text) =>
        socket.SendAsync((byte[])[channel, .. Encoding.UTF8.GetBytes(text)], WebSocketMessageType.Binary, true, default);

    public static async Task<(byte Channel, string Text)> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[70_000];
        var length = 0;
        WebSocketReceiveResult part;
        do
        {
            part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer, length, buffer.Length - length), default);
            if (part.MessageType == WebSocketMessageType.Close) return (255, socket.CloseStatusDescription ?? "");
            length += part.Count;
        }
        while (!part.EndOfMessage);
        return (buffer[0], Encoding.UTF8.GetString(buffer, 1, length - 1));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        foreach (var agent in agents)
        {
            try
            {
                await agent;
            }
            catch (OperationCanceledException)
            {
                // Asked for above.
            }
        }

        await Server.DisposeAsync();
        stop.Dispose();
    }
}
