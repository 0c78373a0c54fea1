using Rempart.Api.Meta;

namespace Rempart.ApiServer.Registry;

/// <summary>All kinds that this server serves.</summary>
internal sealed class KindTable
{
    private readonly Dictionary<(string Group, string Version, string Plural), KindRegistration> _served = [];
    private readonly Dictionary<(string Group, string Version, string Plural), KindInfo> _virtual = [];

    public KindTable(IEnumerable<KindRegistration> served, IEnumerable<KindInfo> asked)
    {
        foreach (var registration in served) _served.Add(Key(registration.Kind), registration);
        foreach (var kind in asked) _virtual.Add(Key(kind), kind);
        Stored = [.. _served.Values.Where(registration => registration.Stored == registration)];
        All = [.. _served.Values.Select(r => r.Kind), .. _virtual.Values];
    }

    /// <summary>Kinds with objects, each once.</summary>
    public IReadOnlyList<KindRegistration> Stored { get; }

    /// <summary>Those, the further groups and versions in which they are served, and the kinds that are only asked.</summary>
    public IReadOnlyList<KindInfo> All { get; }

    public KindRegistration? Find(string group, string version, string plural) => _served.GetValueOrDefault((group, version, plural));

    public KindInfo? FindVirtual(string group, string version, string plural) => _virtual.GetValueOrDefault((group, version, plural));

    public KindRegistration Of(KindInfo kind) => _served[Key(kind)];

    private static (string, string, string) Key(KindInfo kind) => (kind.Group, kind.Version, kind.Plural);
}
