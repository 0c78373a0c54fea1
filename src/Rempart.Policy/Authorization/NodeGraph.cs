namespace Rempart.Policy.Authorization;

/// <summary>
/// What a node's agent may ask for: itself, the machines bound to it, and by name what those refer to. Roles don't count for
/// nodes, so that no binding can widen this, and whoever steals a host's certificate learns and changes that host's workloads only.
/// </summary>
public static class NodeGraph
{
    /// <summary>Namespace of the nodes' signs of life, as in Kubernetes.</summary>
    public const string LeaseNamespace = "kube-node-lease";

    private static readonly string[] Paths = ["/livez", "/livez/*", "/readyz", "/readyz/*", "/version", "/api", "/api/*", "/apis", "/apis/*", "/openapi/*", "/audit/checkpoints/latest"];

    /// <summary>Decides a request of a node's agent.</summary>
    /// <param name="request">The request; its caller's <see cref="Caller.NodeName"/> is the node.</param>
    /// <param name="relations">What the node has to do with.</param>
    public static AccessDecision Decide(AccessRequest request, NodeRelations relations)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(relations);
        if (request.Caller.NodeName is not { Length: > 0 } node) return new AccessDecision(false, $"`{request.Caller.Name}` is no name of a node");
        if (request.Resource is null)
            return request.Verb == "get" && Paths.Any(path => RuleMatch.Url(path, request.Path ?? "")) ? Yes("what every node may read") : No(request, node);
        return (request.Group, request.Resource) switch
        {
            ("", "nodes") => Node(request, node),
            ("", "events") => request is { Subresource: null, Verb: "create" or "update" or "patch" } ? Yes("events of the node; admission looks at what they are about") : No(request, node),
            ("coordination.k8s.io", "leases") => request is { Subresource: null, Namespace: LeaseNamespace } && (request.Verb == "create" || (request.Verb is "get" or "list" or "watch" or "update" or "patch" && NameOf(request) == node))
                ? Yes("the node's own lease") : No(request, node),
            ("certificates.k8s.io", "certificatesigningrequests") => request is { Subresource: null, Verb: "create" } ? Yes("a certificate of the node; the signer looks at the name") : No(request, node),
            ("authentication.k8s.io" or "authorization.k8s.io", "selfsubjectreviews" or "selfsubjectaccessreviews" or "selfsubjectrulesreviews") =>
                request is { Subresource: null, Verb: "create" } ? Yes("questions about oneself") : No(request, node),
            ("compute.rempart.dev", "virtualmachines") => Machine(request, node, relations),
            ("compute.rempart.dev", "machinemigrations") => Migration(request, node, relations),
            ("storage.rempart.dev", "volumes") => Selects(request, "status.nodeName", node) ? Yes("volumes that the node holds") : Referred(request, node, relations, writable: true),
            ("network.rempart.dev", "networkinterfaces") => Referred(request, node, relations, writable: true),
            // What became of an upload is the server's to write: a node's word would fail an image for all.
            ("storage.rempart.dev", "images") or ("network.rempart.dev", "networks") => Referred(request, node, relations, writable: false),
            ("storage.rempart.dev", "storagepools") => Pool(request, node),
            ("infra.rempart.dev", "hosts") => Host(request, node),
            _ => No(request, node),
        };
    }

    private static AccessDecision Node(AccessRequest request, string node) => request switch
    {
        // The name is in the body: NodeAdmission looks at it.
        { Verb: "create", Subresource: null } => Yes("the node's own object; admission looks at the name"),
        { Verb: "get" or "list" or "watch", Subresource: null or "status" } when NameOf(request) == node => Yes("the node's own object"),
        { Verb: "update" or "patch", Subresource: "status" } when request.Name == node => Yes("the node's own status"),
        { Verb: "get" or "create", Subresource: "tunnel" } when request.Name == node => Yes("the node's own tunnel"),
        _ => No(request, node),
    };

    private static AccessDecision Host(AccessRequest request, string node) => request switch
    {
        { Verb: "create", Subresource: null } => Yes("the node's own host; admission looks at the name"),
        { Verb: "get" or "list" or "watch", Subresource: null or "status" } when NameOf(request) == node => Yes("the node's own host"),
        _ when WritesStatus(request) && request.Name == node => Yes("the status of the node's own host"),
        _ => No(request, node),
    };

    private static AccessDecision Machine(AccessRequest request, string node, NodeRelations relations)
    {
        if (Selects(request, "status.nodeName", node)) return Yes("machines bound to the node");
        if (NameOf(request) is not { } name) return No(request, node);
        if ((Reads(request) || WritesStatus(request)) && relations.IsBound(node, request.Namespace, name)) return Yes("a machine bound to the node");
        if (Reads(request) && relations.Sees(node, request.Namespace, name)) return Yes("a machine that moves from or to the node");
        // What the binding says is looked at there: the commit of this move and nothing else.
        return request is { Verb: "create", Subresource: "binding" } && relations.IsTarget(node, request.Namespace, name) ? Yes("the commit of a move to the node") : No(request, node);
    }

    // Which part of the status is the node's is NodeAdmission's to say. A party stays one when the move is over, to say that it has tidied up.
    private static AccessDecision Migration(AccessRequest request, string node, NodeRelations relations)
    {
        if (Selects(request, "status.sourceNode", node) || Selects(request, "status.targetNode", node)) return Yes("moves from or to the node");
        return (Reads(request) || WritesStatus(request)) && NameOf(request) is { } name && relations.IsParty(node, request.Namespace, name) ? Yes("a move from or to the node") : No(request, node);
    }

    private static AccessDecision Referred(AccessRequest request, string node, NodeRelations relations, bool writable)
    {
        if (!(Reads(request) || (writable && WritesStatus(request))) || NameOf(request) is not { } name) return No(request, node);
        if (relations.Concerns(node, request.Resource!, request.Namespace, name)) return Yes("something that a machine of the node refers to, or whose data the node holds");
        return Reads(request) && relations.Sees(node, request.Resource!, request.Namespace, name) ? Yes("something that a machine refers to which moves to the node") : No(request, node);
    }

    // Pools describe hosts and hold nothing of any project.
    private static AccessDecision Pool(AccessRequest request, string node) =>
        (request.Verb is "get" or "list" or "watch" && request.Subresource is null or "status") || WritesStatus(request) ? Yes("storage pools") : No(request, node);

    private static bool Reads(AccessRequest request) => request is { Verb: "get" or "list" or "watch", Subresource: null or "status" };

    private static bool WritesStatus(AccessRequest request) => request is { Verb: "update" or "patch", Subresource: "status", Name: not null };

    private static bool Selects(AccessRequest request, string field, string value) =>
        request is { Verb: "list" or "watch", Subresource: null, Name: null } && FieldTerm.ValueOf(request.FieldSelector, field) == value;

    // A collection narrowed to one name is that one object, as in Kubernetes' own node authorizer.
    // The name in the path comes first: it alone is what is then watched.
    private static string? NameOf(AccessRequest request) => request.Name ?? (request.Verb is "list" or "watch" ? FieldTerm.ValueOf(request.FieldSelector, "metadata.name") : null);

    private static AccessDecision Yes(string what) => new(true, $"node graph: {what}");

    private static AccessDecision No(AccessRequest request, string node) => request.Resource is null
        ? new(false, $"node graph: node `{node}` may not `{request.Verb}` path `{request.Path}`")
        : new(false, $"node graph: node `{node}` may not `{request.Verb}` {AccessText.Of(request)}; a node reaches itself, the machines bound to it and, by name, what those refer to");
}
