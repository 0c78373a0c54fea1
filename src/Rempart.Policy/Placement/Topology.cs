namespace Rempart.Policy.Placement;

/// <summary>Labels of nodes by which machines of one template are spread without being asked to, the widest first.</summary>
internal static class Topology
{
    public static IReadOnlyList<string> Keys { get; } = ["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.rempart.dev/room", "topology.rempart.dev/rack"];

    private const char Mark = '\u001f';

    /// <summary>A host's place as one text: its four labels, empty where it lacks one.</summary>
    public static string Place(IReadOnlyDictionary<string, string>? labels) => labels is null ? new string(Mark, Keys.Count - 1) : string.Join(Mark, Keys.Select(key => labels.GetValueOrDefault(key, "")));

    /// <summary>The four labels of a place. A rack `1` of one room is not the rack `1` of another: each holds those before it.</summary>
    public static string[] Domains(string place)
    {
        var parts = place.Split(Mark);
        return [.. parts.Select((part, level) => part.Length == 0 ? "" : string.Join(Mark, parts[..(level + 1)]))];
    }
}
