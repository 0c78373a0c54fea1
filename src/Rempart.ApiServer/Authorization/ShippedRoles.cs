using Rempart.Api;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.ApiServer.Certificates;
using Rempart.ApiServer.ServiceAccounts;

namespace Rempart.ApiServer.Authorization;

/// <summary>The roles that every cluster has. Nobody can change them; copy one to make another.</summary>
internal static class ShippedRoles
{
    private static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Write = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    private static readonly string[] Operations =
        ["virtualmachines/console", "virtualmachines/vnc", "virtualmachines/start", "virtualmachines/stop", "virtualmachines/restart", "virtualmachines/reset", "virtualmachines/pause", "virtualmachines/resume"];

    /// <summary>Everything that can be read, but for Secrets.</summary>
    private static readonly PolicyRule[] ReadAll =
    [
        .. ApiKinds.All.Concat(ApiKinds.Further).Where(kind => !kind.Virtual && kind.Kind != "Secret")
            .GroupBy(kind => kind.Group)
            .Select(group => Rule(Read, group.Key, [.. group.SelectMany(WithStatus)])),
    ];

    private static readonly PolicyRule[] Discovery = [Paths("/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", "/livez", "/livez/*", "/readyz", "/readyz/*", "/version", "/version/")];

    public static IReadOnlyList<ClusterRole> All { get; } =
    [
        Role("cluster-admin", "Everything but approvals, which somebody else gives.",
            Rule(["*"], "*", "*"), new PolicyRule { Verbs = ["*"], NonResourceURLs = ["*"] }),
        Role("security-officer", "Approves templates and certificates, revokes approvals, appoints officers, says where images may come from, reads everything but Secrets.",
            [
                .. ReadAll, .. Discovery, Paths("/audit", "/audit/*"),
                Rule(["approve"], "compute.rempart.dev", "machinetemplates"),
                Rule(Write, "security.rempart.dev", "approvals"),
                Rule(Write, "storage.rempart.dev", "imagesourcepolicies"),
                new PolicyRule { Verbs = ["approve"], ApiGroups = ["certificates.k8s.io"], Resources = ["signers"], ResourceNames = [CertificateSigners.Client, CertificateSigners.KubernetesClient] },
                Rule(["update", "patch"], "certificates.k8s.io", "certificatesigningrequests/approval"),
                Rule(["create", "delete", "patch", "update"], "rbac.authorization.k8s.io", "clusterrolebindings", "rolebindings", "clusterroles", "roles"),
            ]),
        Role("auditor", "Reads everything but Secrets, and the audit trail.", [.. ReadAll, .. Discovery, Paths("/audit", "/audit/*")]),
        Role("node-operator", "Lets hosts join, empties them for maintenance, and removes those that are gone.",
            Rule(["create", "delete", "get", "list", "watch"], "infra.rempart.dev", "nodetokens"), Rule(["delete", "get", "list", "patch", "update", "watch"], "", "nodes"), Rule(Read, "infra.rempart.dev", "hosts", "hostprofiles"),
            Rule(Write, "infra.rempart.dev", "hostmaintenances"), Rule(Read, "compute.rempart.dev", "virtualmachines", "machinemigrations"), Rule(Read, "", "pods"),
            // Signs of life, and who runs the controllers: a host is not followed by the next one before both are there.
            Rule(Read, "coordination.k8s.io", "leases")),
        // In no role of projects: moves take hosts and their network, and choose among hosts.
        Role("machine-mover", "Moves machines from host to host, and gives moves up.",
            Rule(Write, "compute.rempart.dev", "machinemigrations"), Rule(Read, "compute.rempart.dev", "virtualmachines", "machinemigrations/status"), Rule(Read, "", "nodes")),
        Role("admin", "Everything inside a project, with its roles.", [.. Project(Write), Rule(Write, "rbac.authorization.k8s.io", "roles", "rolebindings"), Rule(Write, "", "secrets"),
            // Not in `edit`, other than in Kubernetes: whoever makes a token of an account has the account's rights.
            Rule(["create"], "", "serviceaccounts/token"), Rule(["create"], "authorization.k8s.io", "localsubjectaccessreviews")]),
        Role("edit", "Machines, volumes and networks of a project, without its roles.", [.. Project(Write), Rule(Write, "", "secrets")]),
        Role("view", "Reads a project, but for Secrets and roles.", Project(Read)),
        Role("system:catalog-viewer", "What machines may be made from.",
            Rule(Read, "compute.rempart.dev", "machineclasses", "machinetemplates"), Rule(Read, "storage.rempart.dev", "images", "storagepools")),
        Role("system:discovery", "Which kinds there are.", Discovery),
        Role("system:public-info-viewer", "Health and version.", Paths("/livez", "/readyz", "/version", AuthorityPin.Path)),
        Role("system:basic-user", "Questions about oneself.",
            Rule(["create"], "authorization.k8s.io", "selfsubjectaccessreviews", "selfsubjectrulesreviews"), Rule(["create"], "authentication.k8s.io", "selfsubjectreviews")),
        Role("system:service-account-issuer-discovery", "How to check tokens of service accounts.",
            Paths("/.well-known/openid-configuration", "/.well-known/openid-configuration/", "/openid/v1/jwks", "/openid/v1/jwks/")),
        Role("system:auth-delegator", "What a program needs that has the cluster authenticate and authorize its own clients.",
            Rule(["create"], "authentication.k8s.io", "tokenreviews"), Rule(["create"], "authorization.k8s.io", "subjectaccessreviews")),
        Role("system:monitoring", "What Prometheus needs: the metrics of the server and of nodes, and which nodes there are.",
            Paths("/metrics", "/livez", "/livez/*", "/readyz", "/readyz/*"), Rule(Read, "", "nodes"), Rule(["get"], "", "nodes/proxy")),
        // Nodes are held to their graph and to no role; the name is there because people look for it.
        Role("system:node", "Nothing by role: nodes reach themselves, the machines bound to them and what those refer to."),
        .. ShippedControllerRoles.All,
    ];

    public static IReadOnlyList<ClusterRoleBinding> Bindings { get; } =
    [
        Binding("cluster-admin", "cluster-admin", "Group", "rempart:administrators"),
        Binding("security-officer", "security-officer", "Group", "rempart:security-officers"),
        Binding("auditor", "auditor", "Group", "rempart:auditors"),
        Binding("system:catalog-viewer", "system:catalog-viewer", "Group", "system:authenticated"),
        Binding("system:discovery", "system:discovery", "Group", "system:authenticated"),
        Binding("system:basic-user", "system:basic-user", "Group", "system:authenticated"),
        Binding("system:service-account-issuer-discovery", "system:service-account-issuer-discovery", "Group", ServiceAccountUser.Everyone),
        Binding("system:monitoring", "system:monitoring", "Group", "system:monitoring"),
        Binding("system:public-info-viewer", "system:public-info-viewer", "Group", "system:unauthenticated", "system:authenticated"),
        .. ShippedControllerRoles.All.Select(role => Binding(role.Metadata.Name!, role.Metadata.Name!, "User", role.Metadata.Name!)),
    ];

    public static PolicyRule Rule(IReadOnlyList<string> verbs, string group, params string[] resources) => new() { Verbs = verbs, ApiGroups = [group], Resources = resources };

    public static ClusterRole Role(string name, string description, params PolicyRule[] rules) => new()
    {
        ApiVersion = "rbac.authorization.k8s.io/v1",
        Kind = "ClusterRole",
        Metadata = Metadata(name) with { Annotations = new Dictionary<string, string> { ["rempart.dev/description"] = description } },
        Rules = rules,
    };

    private static PolicyRule[] Project(string[] verbs)
    {
        var writes = verbs.Contains("create");
        return
        [
            Rule(verbs, "", "configmaps", "serviceaccounts"),
            Rule(Read, "", "events", "limitranges", "pods", "namespaces", "resourcequotas", "resourcequotas/status", "services"),
            Rule(Read, "events.k8s.io", "events"),
            Rule(verbs, "compute.rempart.dev", "virtualmachines", "placementrules"),
            Rule(Read, "compute.rempart.dev", "virtualmachines/status", "machinemigrations", "machinemigrations/status"),
            Rule(["get"], "compute.rempart.dev", "virtualmachines/placement"),
            .. writes ? [Rule(["create", "get", "update", "patch"], "compute.rempart.dev", Operations)] : Array.Empty<PolicyRule>(),
            Rule(verbs, "storage.rempart.dev", "volumes"),
            Rule(verbs, "network.rempart.dev", "networks", "networkinterfaces", "securitygroups"),
            Rule(Read, "network.rempart.dev", "networks/status", "networkinterfaces/status", "securitygroups/status"),
        ];
    }

    private static IEnumerable<string> WithStatus(KindInfo kind) => kind switch
    {
        { Kind: "VirtualMachine" } => [kind.Plural, $"{kind.Plural}/status", $"{kind.Plural}/placement"],
        { HasStatus: true } => [kind.Plural, $"{kind.Plural}/status"],
        _ => [kind.Plural],
    };

    private static PolicyRule Paths(params string[] paths) => new() { Verbs = ["get"], NonResourceURLs = paths };

    private static ClusterRoleBinding Binding(string name, string role, string kind, params string[] subjects) => new()
    {
        ApiVersion = "rbac.authorization.k8s.io/v1",
        Kind = "ClusterRoleBinding",
        Metadata = Metadata(name),
        RoleRef = new RoleRef { ApiGroup = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = role },
        Subjects = [.. subjects.Select(subject => new Subject { ApiGroup = "rbac.authorization.k8s.io", Kind = kind, Name = subject })],
    };

    private static ObjectMeta Metadata(string name) => new() { Name = name, Labels = new Dictionary<string, string> { ["rempart.dev/shipped"] = "true" } };
}
