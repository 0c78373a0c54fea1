using Rempart.Api.Meta;

namespace Rempart.ApiServer.Registry;

/// <summary>All kinds that this server serves.</summary>
internal sealed class KindTable
{
    private readonly Dictionary<(string Group, string Version, string Plural), KindRegistration> _stored = [];
    private readonly Dictionary<(string Group, string Version, string Plural), KindInfo> _virtual = [];

    public KindTable(IEnumerable<KindRegistration> stored, IEnumerable<KindInfo> asked)
    {
        foreach (var registration in stored) _stored.Add(Key(registration.Kind), registration);
        foreach (var kind in asked) _virtual.Add(Key(kind), kind);
        Stored = [.. _stored.Values];
        All = [.. Stored.Select(r => r.Kind), .. _virtual.Values];
    }

    /// <summary>Kinds with objects.</summary>
    public IReadOnlyList<KindRegistration> Stored { get; }

    /// <summary>Those and the kinds that are only asked.</summary>
    public IReadOnlyList<KindInfo> All { get; }

    public KindRegistration? FindStored(string group, string version, string plural) => _stored.GetValueOrDefault((group, version, plural));

    public KindInfo? FindVirtual(string group, string version, string plural) => _virtual.GetValueOrDefault((group, version, plural));

    public KindRegistration Of(KindInfo kind) => _stored[Key(kind)];

    private static (string, string, string) Key(KindInfo kind) => (kind.Group, kind.Version, kind.Plural);
}
