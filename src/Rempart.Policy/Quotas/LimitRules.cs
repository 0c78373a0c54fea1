using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using StoredVolume = Rempart.Api.Storage.Volume;

namespace Rempart.Policy.Quotas;

/// <summary>What LimitRanges say of single machines and volumes, in Kubernetes' sentences.</summary>
public static class LimitRules
{
    /// <summary>Type of the entries about machines: <c>cpu</c> and <c>memory</c> of their class.</summary>
    public const string Machine = "VirtualMachine";

    /// <summary>Type of the entries about volumes: <c>storage</c>.</summary>
    public const string Volume = "Volume";

    /// <summary>What breaks a bound, a sentence each.</summary>
    /// <param name="ranges">The LimitRanges of the project.</param>
    /// <param name="value">A machine or a volume; anything else has no bounds.</param>
    public static IReadOnlyList<string> Problems(IEnumerable<LimitRange> ranges, ApiObject value) => value switch
    {
        VirtualMachine { Status.Resources: { } size } => Check(ranges, Machine, "limit", new() { ["cpu"] = Quantity.FromAmount(size.Cpus), ["memory"] = size.Memory }),
        StoredVolume volume => Check(ranges, Volume, "request", volume.Spec.Size is { } size ? new() { ["storage"] = size } : []),
        _ => [],
    };

    /// <summary>The size of a blank volume that says none; null when no LimitRange has one.</summary>
    /// <param name="ranges">The LimitRanges of the project.</param>
    public static Quantity? DefaultSize(IEnumerable<LimitRange> ranges) =>
        Items(ranges, Volume).Select(item => item.Default?.TryGetValue("storage", out var size) == true ? (Quantity?)size : null).FirstOrDefault(size => size is not null);

    private static IEnumerable<LimitRangeItem> Items(IEnumerable<LimitRange> ranges, string type) =>
        ranges.OrderBy(range => range.Metadata.Name, StringComparer.Ordinal).SelectMany(range => range.Spec?.Limits ?? []).Where(item => item.Type == type);

    private static List<string> Check(IEnumerable<LimitRange> ranges, string type, string word, Dictionary<string, Quantity> amounts)
    {
        var problems = new List<string>();
        foreach (var item in Items(ranges, type))
        {
            foreach (var (name, least) in item.Min ?? new Dictionary<string, Quantity>())
            {
                if (!amounts.TryGetValue(name, out var amount)) problems.Add($"minimum {name} usage per {type} is {least}.  No request is specified");
                else if (amount.Value < least.Value) problems.Add($"minimum {name} usage per {type} is {least}, but request is {amount}");
            }

            foreach (var (name, most) in item.Max ?? new Dictionary<string, Quantity>())
            {
                if (!amounts.TryGetValue(name, out var amount)) problems.Add($"maximum {name} usage per {type} is {most}.  No {word} is specified");
                else if (amount.Value > most.Value) problems.Add($"maximum {name} usage per {type} is {most}, but {word} is {amount}");
            }
        }

        return problems;
    }
}
