using System.Globalization;
using System.Text.Json;

namespace Rempart.ApiServer.Tables;

/// <summary>Columns of built-in kinds that say more than one field, as kube-apiserver prints them.</summary>
internal static class BuiltInColumns
{
    private const string RoleLabel = "node-role.kubernetes.io/";

    /// <summary>Columns of a kind; null for those that declare theirs.</summary>
    /// <param name="groupResource">Such as <c>nodes</c> or <c>roles.rbac.authorization.k8s.io</c>.</param>
    public static IReadOnlyList<TableColumn>? Of(string groupResource) => groupResource switch
    {
        "nodes" => Nodes,
        "events" => EventColumns.Core,
        "events.events.k8s.io" => EventColumns.Newer,
        "pods" => PodColumns.All,
        "resourcequotas" => QuotaColumns.All,
        "limitranges" => [TableColumns.Name, Text("Created At", "metadata", "creationTimestamp")],
        "secrets" => [TableColumns.Name, Text("Type", "type"), Count("Data", "data"), TableColumns.Age],
        "configmaps" => [TableColumns.Name, new("Data", "integer", (o, _) => TableCell.Of(JsonPath.Count(o, "data") + JsonPath.Count(o, "binaryData"))), TableColumns.Age],
        "serviceaccounts" => [TableColumns.Name, Count("Secrets", "secrets"), TableColumns.Age],
        "roles.rbac.authorization.k8s.io" or "clusterroles.rbac.authorization.k8s.io" => [TableColumns.Name, Text("Created At", "metadata", "creationTimestamp")],
        "rolebindings.rbac.authorization.k8s.io" or "clusterrolebindings.rbac.authorization.k8s.io" => Bindings,
        "certificatesigningrequests.certificates.k8s.io" => CertificateRequests,
        _ => null,
    };

    private static IReadOnlyList<TableColumn> Nodes { get; } =
    [
        TableColumns.Name,
        new("Status", "string", (o, _) => TableCell.Of(NodeStatus(o))) { Description = "Whether the node is ready and takes new workloads." },
        new("Roles", "string", (o, _) => TableCell.Of(NodeRoles(o))),
        TableColumns.Age,
        Text("Version", "status", "nodeInfo", "kubeletVersion"),
        Wide(new("Internal-IP", "string", (o, _) => TableCell.Of(Address(o, "InternalIP")))),
        Wide(new("External-IP", "string", (o, _) => TableCell.Of(Address(o, "ExternalIP")))),
        Wide(Known("OS-Image", "osImage")),
        Wide(Known("Kernel-Version", "kernelVersion")),
        Wide(Known("Container-Runtime", "containerRuntimeVersion")),
    ];

    private static IReadOnlyList<TableColumn> Bindings { get; } =
    [
        TableColumns.Name,
        new("Role", "string", (o, _) => TableCell.Of($"{JsonPath.Text(o, "roleRef", "kind")}/{JsonPath.Text(o, "roleRef", "name")}")),
        TableColumns.Age,
        Wide(new("Users", "string", (o, _) => Subjects(o, "User"))),
        Wide(new("Groups", "string", (o, _) => Subjects(o, "Group"))),
        Wide(new("ServiceAccounts", "string", (o, _) => Subjects(o, "ServiceAccount"))),
    ];

    private static IReadOnlyList<TableColumn> CertificateRequests { get; } =
    [
        TableColumns.Name,
        TableColumns.Age,
        Text("SignerName", "spec", "signerName"),
        Text("Requestor", "spec", "username"),
        new("RequestedDuration", "string", (o, _) => long.TryParse(JsonPath.Text(o, "spec", "expirationSeconds"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TableCell.Of(HumanDuration.Of(TimeSpan.FromSeconds(seconds))) : TableCell.None),
        new("Condition", "string", (o, _) => TableCell.Of(Decision(o))),
    ];

    private static TableColumn Text(string name, params string[] path) => new(name, "string", (o, _) => TableCell.Of(JsonPath.Text(o, path)));

    private static TableColumn Count(string name, params string[] path) => new(name, "integer", (o, _) => TableCell.Of(JsonPath.Count(o, path)));

    private static TableColumn Known(string name, string field) =>
        new(name, "string", (o, _) => JsonPath.Text(o, "status", "nodeInfo", field) is { Length: > 0 } text ? TableCell.Of(text) : TableCell.Unknown);

    private static TableColumn Wide(TableColumn column) => column with { Priority = 1 };

    private static string NodeStatus(JsonElement node)
    {
        var ready = JsonPath.Items(node, "status", "conditions").Where(c => JsonPath.Text(c, "type") == "Ready").Select(c => JsonPath.Text(c, "status")).FirstOrDefault();
        var text = ready switch { null => "Unknown", "True" => "Ready", _ => "NotReady" };
        return JsonPath.Text(node, "spec", "unschedulable") == "true" ? $"{text},SchedulingDisabled" : text;
    }

    private static string NodeRoles(JsonElement node)
    {
        if (JsonPath.Member(node, "metadata", "labels") is not { ValueKind: JsonValueKind.Object } labels) return "";
        var roles = labels.EnumerateObject().Where(l => l.Name.StartsWith(RoleLabel, StringComparison.Ordinal) && l.Name.Length > RoleLabel.Length).Select(l => l.Name[RoleLabel.Length..])
            .Concat(labels.EnumerateObject().Where(l => l.Name == "kubernetes.io/role").Select(l => JsonPath.Show(l.Value)));
        return string.Join(",", roles.Distinct().Order(StringComparer.Ordinal));
    }

    private static string? Address(JsonElement node, string type) =>
        JsonPath.Items(node, "status", "addresses").Where(a => JsonPath.Text(a, "type") == type).Select(a => JsonPath.Text(a, "address")).FirstOrDefault();

    private static TableCell Subjects(JsonElement binding, string kind) => TableCell.Of(string.Join(", ", JsonPath.Items(binding, "subjects")
        .Where(s => JsonPath.Text(s, "kind") == kind)
        .Select(s => kind == "ServiceAccount" ? $"{JsonPath.Text(s, "namespace")}/{JsonPath.Text(s, "name")}" : JsonPath.Text(s, "name"))));

    private static string Decision(JsonElement request)
    {
        var types = JsonPath.Items(request, "status", "conditions").Select(c => JsonPath.Text(c, "type")).ToHashSet();
        var text = types.Contains("Denied") ? "Denied" : types.Contains("Approved") ? "Approved" : "Pending";
        if (types.Contains("Failed")) text += ",Failed";
        return JsonPath.Text(request, "status", "certificate") is { Length: > 0 } ? text + ",Issued" : text;
    }
}
