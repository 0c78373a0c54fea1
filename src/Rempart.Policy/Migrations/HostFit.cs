using Rempart.Api.Infra;

namespace Rempart.Policy.Migrations;

/// <summary>
/// Whether a guest that runs on one host can go on running on another. It sees its host's processor, so the other one must have all that it may have
/// found there; and what QEMU writes of a guest, an older QEMU may not understand. What a host doesn't tell is taken to fit: its node finds out.
/// </summary>
public static class HostFit
{
    private const string Kvm = "kvm";
    private const int MostNamed = 5;

    /// <summary>Why a guest can't go on there, for people, following "node `host2`"; null when it can.</summary>
    /// <param name="accelerator"><c>kvm</c> or <c>tcg</c>: what the machine runs by.</param>
    /// <param name="source">The host that it runs on; null when nothing is known of it.</param>
    /// <param name="target">The host that it is to run on; null when nothing is known of it.</param>
    /// <param name="there">What machines on that host run by; null when it doesn't say.</param>
    public static string? Obstacle(string? accelerator, Host? source, Host? target, string? there)
    {
        if (accelerator is not null && there is not null && there != accelerator) return $"runs machines by `{there}` and this one runs by `{accelerator}`";
        if (source?.Status is not { } from || target?.Status is not { } to) return null;
        if (Older(to.Versions?.Qemu, from.Versions?.Qemu)) return $"has QEMU `{to.Versions!.Qemu}`, which is older than the `{from.Versions!.Qemu}` that the machine runs in";
        // Without KVM the processor is QEMU's own making, the same everywhere.
        return accelerator == Kvm ? Processor(from.Cpu, to.Cpu) : null;
    }

    private static string? Processor(HostCpu? from, HostCpu? to)
    {
        if (from is null || to is null) return null;
        if (from.Vendor is { } maker && to.Vendor is { } other && maker != other) return $"has a processor by `{other}`, and the machine runs on one by `{maker}`";
        if (from.Flags is not { Count: > 0 } had || to.Flags is not { Count: > 0 } has) return null;
        var missing = had.Except(has, StringComparer.Ordinal).ToList();
        if (missing.Count == 0) return null;
        var named = string.Join("`, `", missing.Take(MostNamed));
        return $"lacks the processor's {(missing.Count == 1 ? "flag" : "flags")} `{named}`{(missing.Count > MostNamed ? $" and {missing.Count - MostNamed} more" : "")}, which the guest may use";
    }

    /// <summary>Whether a version such as <c>7.2.17</c> comes before another; only numbers count, up to the first that is none.</summary>
    private static bool Older(string? version, string? than)
    {
        if (version is null || than is null) return false;
        var (left, right) = (Numbers(version), Numbers(than));
        foreach (var (a, b) in left.Zip(right))
        {
            if (a != b) return a < b;
        }

        return false;
    }

    // The third number is of mends alone: QEMU reads what the same series wrote.
    private static List<int> Numbers(string version)
    {
        var numbers = new List<int>();
        foreach (var part in version.Split('.', '-', '+', ' ', '('))
        {
            if (numbers.Count == 2 || !int.TryParse(part, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number)) break;
            numbers.Add(number);
        }

        return numbers;
    }
}
