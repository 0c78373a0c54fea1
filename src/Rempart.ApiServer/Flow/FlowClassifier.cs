using System.Net;
using System.Net.Sockets;
using Rempart.ApiServer.Http;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Flow;

/// <summary>Says at which level a request is, whose it is and what it costs.</summary>
internal static class FlowClassifier
{
    private static readonly HashSet<string> Streams = ["attach", "console", "exec", "fetch", "log", "portforward", "proxy", "tunnel", "upload", "vnc"];
    private static readonly HashSet<string> Operators = ["rempart:administrators", "rempart:security-officers"];

    /// <summary>The level and client of a caller who has proven who they are.</summary>
    public static (FlowLevel Level, string Client) Of(FlowLevels levels, Caller caller, RequestInfo info)
    {
        if (caller.Method == BootstrapAccess.Method) return (levels.Joining, caller.Credential ?? caller.Name);
        if (caller.NodeName is { } node) return (IsHeartbeat(info) ? levels.Heartbeats : levels.Nodes, node);
        if (caller.Name.StartsWith("system:controller:", StringComparison.Ordinal)) return (levels.Controllers, caller.Name);
        // Whoever has a project makes as many accounts in it as they like: all together are one client.
        if (ProjectOfAccount(caller.Name) is { } project) return (levels.Tenants, $"system:serviceaccounts:{project}");
        return (caller.Groups.Any(Operators.Contains) ? levels.Operators : levels.Tenants, caller.Name);
    }

    /// <summary>The level of a request of which only the address is known.</summary>
    public static FlowLevel OfUnknown(FlowLevels levels, RequestInfo info) => info is { Resource: null, Path: "/livez" or "/readyz" or "/healthz" } ? levels.Probes : levels.Anonymous;

    /// <summary>What a request costs.</summary>
    public static FlowKind Kind(RequestInfo info)
    {
        var stream = info.IsResource && (info.Verb == "watch" || (info.Subresource is { } subresource && Streams.Contains(subresource)));
        var reads = info.Verb is "get" or "list" or "watch" or "head" or "options";
        return new FlowKind(stream, info.IsResource && (!reads || (stream && info.Verb != "watch") || info is { Group: "", Resource: "secrets" }));
    }

    /// <summary>An address as a client: the whole of IPv4, the first half of IPv6, because that is what one subscriber is given.</summary>
    public static string Address(IPAddress? address)
    {
        if (address is null) return "unknown";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address)) return address.ToString();
        var bytes = address.GetAddressBytes();
        Array.Clear(bytes, 8, 8);
        return $"{new IPAddress(bytes)}/64";
    }

    private static string? ProjectOfAccount(string user) => user.Split(':') is ["system", "serviceaccount", { Length: > 0 } project, _] ? project : null;

    private static bool IsHeartbeat(RequestInfo info) =>
        info is { Group: "coordination.k8s.io", Resource: "leases", Verb: not ("watch" or "list") }
        || info is { Group: "", Resource: "nodes", Verb: "patch" or "update" or "get", Subresource: null or "status" };
}
