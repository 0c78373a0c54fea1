using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Compute;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Storage;

namespace Rempart.Policy.Authorization;

/// <summary>The part of the node graph that needs the body of a write: names in it, what an event is about, and which fields of a status are a node's.</summary>
public static class NodeAdmission
{
    /// <summary>Why a node may not write this; null when it may.</summary>
    /// <param name="node">The node that writes.</param>
    /// <param name="before">The object as stored, null when it is created.</param>
    /// <param name="after">The object as it would be stored.</param>
    /// <param name="relations">What the node has to do with.</param>
    public static string? Refusal(string node, ApiObject? before, ApiObject after, NodeRelations relations)
    {
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(relations);
        return after switch
        {
            Node or Lease or Host when after.Metadata.Name != node => $"node `{node}` may not write an object named `{after.Metadata.Name}`: the name must be its own",
            // How a host is set up is an administrator's to say: the agent acts on it as root.
            Host host when !Same((before as Host)?.Spec, host.Spec) => $"node `{node}` may not write `spec` of its host: host profiles say how hosts are set up",
            Node joined => Labels(node, before?.Metadata.Labels, joined.Metadata.Labels),
            Event happened => Event(node, before as Event, happened, relations),
            VirtualMachine machine => Machine(node, before as VirtualMachine, machine),
            MachineMigration migration => Migration(node, before as MachineMigration, migration),
            Volume volume => Claimed(node, (before as Volume)?.Status?.NodeName, volume.Status?.NodeName) ?? Pooled((before as Volume)?.Status?.Pool, volume.Status),
            StoragePool pool => Reported(node, (before as StoragePool)?.Status?.NodeName, pool.Status?.NodeName),
            _ => null,
        };
    }

    /// <summary>Machines choose nodes by labels: a node that chose its own could draw any machine to itself.</summary>
    private static string? Labels(string node, IReadOnlyDictionary<string, string>? before, IReadOnlyDictionary<string, string>? after)
    {
        var (was, now) = (before ?? new Dictionary<string, string>(), after ?? new Dictionary<string, string>());
        var changed = was.Keys.Union(now.Keys, StringComparer.Ordinal).Where(key => was.GetValueOrDefault(key) != now.GetValueOrDefault(key)).ToArray();
        if (changed.Except(NodeLabels.Own, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } foreign)
            return $"node `{node}` may not set the labels `{string.Join("`, `", foreign)}`: an administrator labels nodes";
        return changed.Contains("kubernetes.io/hostname", StringComparer.Ordinal) && now.GetValueOrDefault("kubernetes.io/hostname") is { } host && host != node
            ? $"label `kubernetes.io/hostname` of node `{node}` must be its name, not `{host}`" : null;
    }

    private static string? Event(string node, Event? before, Event happened, NodeRelations relations)
    {
        if (happened.Source?.Host is { } host && host != node) return $"`source.host` is `{host}`, but the event comes from node `{node}`";
        if (before is not null && before.Source?.Host != node) return $"the event was not written by node `{node}`";
        if (happened.Source?.Host is null) return $"`source.host` must be `{node}`";
        if (before is not null && (before.InvolvedObject?.Kind != happened.InvolvedObject?.Kind || before.InvolvedObject?.Name != happened.InvolvedObject?.Name)) return "`involvedObject` can't be changed";
        return happened.InvolvedObject is { Name: { } name } about && About(node, happened.Metadata.Namespace, about, name, relations)
            ? null
            : $"`involvedObject` must be node `{node}`, a machine bound to it or what that refers to, in the event's own namespace";
    }

    private static bool About(string node, string? ns, ObjectReference about, string name, NodeRelations relations) => about.Kind switch
    {
        "Node" => name == node,
        "VirtualMachine" => about.Namespace == ns && relations.IsBound(node, ns, name),
        "Volume" => about.Namespace == ns && relations.Concerns(node, "volumes", ns, name),
        "NetworkInterface" => about.Namespace == ns && relations.Concerns(node, "networkinterfaces", ns, name),
        "MachineMigration" => about.Namespace == ns && relations.IsParty(node, ns, name),
        "Image" => relations.Concerns(node, "images", null, name),
        _ => false,
    };

    /// <summary>A node that could write all of a machine's status could claim any volume of the project as attached, and then read it.</summary>
    private static string? Machine(string node, VirtualMachine? before, VirtualMachine after)
    {
        if (before is null) return $"node `{node}` may not create machines";
        var changed = Fields(before.Status, after.Status)
            .Where(field => field.Before != field.After)
            .Select(field => $"`status.{field.Name}`")
            .Concat(ConditionTypes(before.Status?.Conditions, after.Status?.Conditions).Where(type => type is not ("Running" or "GuestReady")).Select(type => $"condition `{type}`"))
            .ToArray();
        return changed.Length == 0 ? null : $"node `{node}` may not write {string.Join(", ", changed)}: these are others' to write";
    }

    /// <summary>The source says what became of the source, the target of the target.</summary>
    private static string? Migration(string node, MachineMigration? before, MachineMigration after)
    {
        if (before is null) return $"node `{node}` may not create moves of machines";
        var (was, now) = (before.Status ?? new(), after.Status ?? new());
        if (was.SourceNode != node && Text(was.Source) != Text(now.Source)) return $"node `{node}` may not write `status.source`: node `{was.SourceNode}` is the source";
        if (was.TargetNode != node && Text(was.Target) != Text(now.Target)) return $"node `{node}` may not write `status.target`: node `{was.TargetNode}` is the target";
        return Text(was with { Source = null, Target = null }) == Text(now with { Source = null, Target = null }) ? null : $"node `{node}` may write `status.source` or `status.target` alone: the rest is others' to write";
    }

    private static IEnumerable<(string Name, string Before, string After)> Fields(VirtualMachineStatus? before, VirtualMachineStatus? after)
    {
        yield return ("nodeName", Text(before?.NodeName), Text(after?.NodeName));
        yield return ("runGeneration", Text(before?.RunGeneration), Text(after?.RunGeneration));
        yield return ("templateDigest", Text(before?.TemplateDigest), Text(after?.TemplateDigest));
        yield return ("template", Text(before?.Template), Text(after?.Template));
        yield return ("resources", Text(before?.Resources), Text(after?.Resources));
        yield return ("volumes", Text(before?.Volumes), Text(after?.Volumes));
        yield return ("networkInterfaces", Text(before?.NetworkInterfaces), Text(after?.NetworkInterfaces));
        yield return ("addresses", Text(before?.Addresses), Text(after?.Addresses));
        yield return ("migration", Text(before?.Migration), Text(after?.Migration));
        yield return ("operation", Text(before?.Operation), Text(after?.Operation));
    }

    private static IEnumerable<string> ConditionTypes(IReadOnlyList<Condition>? before, IReadOnlyList<Condition>? after) =>
        (before ?? []).Concat(after ?? []).Select(condition => condition.Type).Distinct()
            .Where(type => Text((before ?? []).Where(c => c.Type == type).ToArray()) != Text((after ?? []).Where(c => c.Type == type).ToArray()));

    private static string? Claimed(string node, string? before, string? after) =>
        before == after || (before is null && after == node) || (before == node && after is null) ? null : $"`status.nodeName` may only go from nothing to `{node}` or back by node `{node}`";

    // Where a volume goes afterwards is the commit's to write, with the move that led there.
    private static string? Pooled(string? before, VolumeStatus? after) =>
        before is null || before == after?.Pool || after?.NodeName is null ? null : "`status.pool` is said once by the node that makes the volume: a move changes it";

    private static string? Reported(string node, string? before, string? after) => before is not null && before != node
        ? $"the pool is reported by node `{before}`, not by node `{node}`"
        : after == node ? null : $"`status.nodeName` must be `{node}`, who reports the pool";

    private static bool Same<T>(T? before, T? after) => Text(before) == Text(after);

    private static string Text<T>(T? value) => value switch
    {
        null => "",
        string or long => value.ToString()!,
        IReadOnlyList<string> list => string.Join('\n', list),
        Condition[] conditions => string.Join('\n', conditions.Select(c => c.ToString())),
        IReadOnlyList<MachineAttachment> attachments => string.Join('\n', attachments.Select(a => $"{a.Name}={a.ObjectName}")),
        _ => JsonSerializer.Serialize(value, ApiJson.Strict),
    };
}
