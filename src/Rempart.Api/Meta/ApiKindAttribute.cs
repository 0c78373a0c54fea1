namespace Rempart.Api.Meta;

/// <summary>Declares that a record is a kind of the API: where it is served and how people may call it.</summary>
/// <param name="group">API group, empty for the core group.</param>
/// <param name="version">Version in the group, <c>v1</c>.</param>
/// <param name="plural">Resource name in paths, lower case.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class ApiKindAttribute(string group, string version, string plural) : Attribute
{
    /// <summary>API group, empty for the core group.</summary>
    public string Group { get; } = group;

    /// <summary>Version in the group.</summary>
    public string Version { get; } = version;

    /// <summary>Resource name in paths.</summary>
    public string Plural { get; } = plural;

    /// <summary>Kind as written in documents; the type's name when unset.</summary>
    public string? Kind { get; set; }

    /// <summary>Names that kubectl accepts besides plural and singular.</summary>
    public string[] ShortNames { get; set; } = [];

    /// <summary>Groups of kinds such as <c>all</c>.</summary>
    public string[] Categories { get; set; } = [];

    /// <summary>True for kinds that live outside any namespace.</summary>
    public bool ClusterScoped { get; set; }

    /// <summary>True for kinds that are asked and answered but never stored (access reviews).</summary>
    public bool Virtual { get; set; }
}
