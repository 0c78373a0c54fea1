using Rempart.Api.Rbac;
using static Rempart.ApiServer.Authorization.ShippedRoles;

namespace Rempart.ApiServer.Authorization;

/// <summary>One role for each controller of the server process, bound to the user of the same name. None of them can read Secrets but where it must delete them, and none can approve.</summary>
internal static class ShippedControllerRoles
{
    private const string Compute = "compute.rempart.dev";
    private const string Storage = "storage.rempart.dev";
    private const string Network = "network.rempart.dev";
    private const string Infra = "infra.rempart.dev";

    private static readonly string[] Read = ["get", "list", "watch"];
    private static readonly string[] Change = ["update", "patch"];
    private static readonly string[] Own = ["create", "delete", "get", "list", "patch", "update", "watch"];

    public static IReadOnlyList<ClusterRole> All { get; } =
    [
        Controller("scheduler", "Places machines on nodes.",
            Rule(Read, Compute, "virtualmachines", "placementrules", "machinemigrations", "machineclasses", "machinetemplates"), Rule(["create"], Compute, "virtualmachines/binding"), Rule(Change, Compute, "virtualmachines/status"),
            Rule(Read, "", "nodes", "namespaces"), Rule(Read, Storage, "volumes", "images", "storagepools"), Rule(Read, "coordination.k8s.io", "leases"), Rule(Read, Infra, "hosts", "hostclusters"), Rule(Read, Network, "networks")),
        Controller("machine", "Makes the volumes and interfaces of machines.",
            Rule([.. Read, .. Change], Compute, "virtualmachines"), Rule(Change, Compute, "virtualmachines/status"), Rule(Read, Compute, "machinetemplates", "machineclasses", "machinemigrations"),
            Rule(Own, Storage, "volumes"), Rule(Change, Storage, "volumes/status"), Rule(Read, Storage, "images", "storagepools"),
            Rule(Own, Network, "networkinterfaces"), Rule(Read, Network, "networks"), Rule(Read, "", "nodes", "namespaces")),
        Controller("template", "Says which templates are approved and which machines come from one that is not any more.",
            Rule(Read, Compute, "machinetemplates", "virtualmachines"), Rule(Change, Compute, "machinetemplates/status", "virtualmachines/status"),
            Rule(Read, "security.rempart.dev", "approvals"), Rule(Read, Storage, "images")),
        Controller("migration", "Moves machines from host to host.",
            Rule([.. Read, .. Change, "delete"], Compute, "machinemigrations"), Rule(Change, Compute, "machinemigrations/status"), Rule(Read, Compute, "virtualmachines", "placementrules"),
            Rule(Read, "", "nodes"), Rule(Read, Infra, "hosts", "hostclusters"), Rule(Read, Storage, "images", "volumes"), Rule(Read, Network, "networks"), Rule(Read, "coordination.k8s.io", "leases")),
        Controller("maintenance", "Empties hosts that are in maintenance.",
            Rule([.. Read, .. Change, "delete"], Infra, "hostmaintenances"), Rule(Change, Infra, "hostmaintenances/status"), Rule([.. Read, .. Change], "", "nodes"),
            Rule([.. Read, .. Change, "create"], Compute, "machinemigrations"), Rule(Read, Compute, "virtualmachines")),
        Controller("host-profile", "Tells hosts which profile counts for them, and says what became of it.",
            Rule(Read, Infra, "hostprofiles"), Rule(Change, Infra, "hostprofiles/status"), Rule([.. Read, .. Change], Infra, "hosts"), Rule(Read, "", "nodes")),
        Controller("image", "Has images fetched that come from elsewhere.",
            Rule(Read, Storage, "images", "imagesourcepolicies"), Rule(["create"], Storage, "images/fetch"), Rule(Read, "", "nodes")),
        Controller("default-network", "Makes the default network of each project.",
            Rule([.. Read, "create"], Network, "networks"), Rule(Read, "", "namespaces")),
        Controller("service-account", "Makes the default service account of each project.",
            Rule([.. Read, "create"], "", "serviceaccounts"), Rule(Read, "", "namespaces")),
        Controller("network", "Gives networks their subnets.",
            Rule(Read, Network, "networks"), Rule(Change, Network, "networks/status"), Rule([.. Read, "create"], Network, "addressclaims")),
        Controller("network-interface", "Gives interfaces their addresses.",
            Rule(Read, Network, "networks", "networkinterfaces", "securitygroups"), Rule(Change, Network, "networkinterfaces/status"), Rule([.. Read, "create"], Network, "addressclaims")),
        Controller("security-group", "Says which security groups are in force.",
            Rule(Read, Network, "securitygroups"), Rule(Change, Network, "securitygroups/status")),
        Controller("address-claim", "Gives up addresses of interfaces and networks that are gone.",
            Rule(Read, Network, "networks", "networkinterfaces"), Rule([.. Read, "delete"], Network, "addressclaims")),
        Controller("network-fabric", "Tells OVN what the networks are.",
            Rule(Read, Network, "networks", "networkinterfaces", "securitygroups", "addressclaims"), Rule(Read, "", "nodes"), Rule(Read, Compute, "virtualmachines", "machinemigrations")),
        Controller("volume", "Volumes without a machine, and their end.",
            Rule([.. Read, .. Change, "delete"], Storage, "volumes"), Rule(Change, Storage, "volumes/status", "images/status"), Rule([.. Read, .. Change], Storage, "images", "storagepools"), Rule(Read, Compute, "virtualmachines", "machinetemplates"), Rule(Read, "", "nodes", "namespaces")),
        Controller("node", "Tells nodes that give signs of life from those that don't.",
            Rule([.. Read, .. Change], "", "nodes"), Rule(Change, "", "nodes/status"), Rule([.. Read, "delete"], "coordination.k8s.io", "leases"), Rule(Read, Compute, "virtualmachines"), Rule(Change, Compute, "virtualmachines/status")),
        Controller("namespace", "Empties namespaces that are deleted.",
            Rule([.. Read, .. Change], "", "namespaces"), Rule(Change, "", "namespaces/finalize", "namespaces/status"), Rule(["get", "list", "watch", "delete", "deletecollection"], "*", "*")),
        Controller("garbage-collector", "Deletes what has lost its owners.",
            Rule([.. Read, .. Change, "delete"], "*", "*")),
        Controller("election", "Stands for the lease of whoever runs the controllers."),
        Controller("event-expiry", "Deletes events an hour after they were last seen.",
            Rule([.. Read, "delete"], "", "events")),
        Controller("node-token", "Removes tokens that were used or have ended.",
            Rule([.. Read, "delete"], Infra, "nodetokens")),
        Controller("csr", "Removes certificate requests that are done.",
            Rule([.. Read, "delete"], "certificates.k8s.io", "certificatesigningrequests")),
    ];

    private static ClusterRole Controller(string name, string description, params PolicyRule[] rules) => Role($"system:controller:{name}", description,
        [.. rules, Rule(["create", "patch", "update"], "", "events"), Rule(["create", "get", "patch", "update"], "coordination.k8s.io", "leases")]);
}
