using Rempart.Api.Meta;

namespace Rempart.Policy.Quotas;

/// <summary>Names of what quotas limit: Kubernetes' own, <c>count/…</c> of every kind that lives in projects, and addresses.</summary>
public static class QuotaNames
{
    /// <summary>IPv4 addresses of networks that a project holds: one for each of its interfaces.</summary>
    public const string Addresses = "network.rempart.dev/addresses";

    /// <summary>Bytes of volumes.</summary>
    public const string Storage = "requests.storage";

    private const string Count = "count/";

    private static readonly HashSet<string> Compute =
        ["cpu", "memory", "requests.cpu", "requests.memory", "limits.cpu", "limits.memory", "ephemeral-storage", "requests.ephemeral-storage", "limits.ephemeral-storage"];

    private static readonly HashSet<string> Objects =
        ["pods", "services", "services.nodeports", "services.loadbalancers", "replicationcontrollers", "resourcequotas", "secrets", "configmaps", "persistentvolumeclaims"];

    /// <summary>The name under which objects of a kind are counted: <c>count/virtualmachines.compute.rempart.dev</c>.</summary>
    public static string CountOf(KindInfo kind) => Count + kind.GroupResource;

    /// <summary>The older name of the count of a kind of Kubernetes' core group, where there is one.</summary>
    public static string? OldCountOf(KindInfo kind) => kind.Group.Length == 0 && Objects.Contains(kind.Plural) ? kind.Plural : null;

    /// <summary>Names without a prefix that Kubernetes knows (<c>IsStandardQuotaResourceName</c>).</summary>
    public static bool IsStandard(string name) => Compute.Contains(name) || Objects.Contains(name) || name == Storage;

    /// <summary>What is counted in whole numbers.</summary>
    public static bool IsWhole(string name) => Objects.Contains(name) || name == Addresses || name.StartsWith(Count, StringComparison.Ordinal);

    /// <summary>What is told with binary suffixes.</summary>
    public static bool IsBytes(string name) => name.EndsWith("memory", StringComparison.Ordinal) || name.EndsWith("storage", StringComparison.Ordinal);

    /// <summary>What pods take: all that a quota with scopes can limit (<c>IsResourceQuotaScopeValidForResource</c>).</summary>
    public static bool IsOfPods(string name, string scope) => name == "pods" || (scope != "BestEffort" && Compute.Contains(name) && !name.Contains("ephemeral", StringComparison.Ordinal));

    /// <summary>An amount as the status tells it.</summary>
    public static Quantity Tell(string name, decimal amount) =>
        IsBytes(name) && decimal.IsInteger(amount) ? Quantity.FromBytes((long)Math.Min(amount, long.MaxValue)) : Quantity.FromAmount(amount);
}
