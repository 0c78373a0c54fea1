using Rempart.Api.Meta;
using Rempart.ApiServer.Selectors;

namespace Rempart.ApiServer.Registry;

/// <summary>Which objects of a collection are asked for.</summary>
internal sealed record Selection(string? Namespace, LabelQuery Labels, FieldQuery Fields)
{
    /// <summary>Reads the selectors of a request.</summary>
    public static Selection Parse(KindInfo kind, string? ns, string? labels, string? fields) => new(ns, LabelQuery.Parse(labels), FieldQuery.Parse(fields, kind));

    /// <summary>Whether nothing is left out within the namespace.</summary>
    public bool IsWhole => Labels.IsEmpty && Fields.IsEmpty;

    public bool Matches(CachedObject candidate) => IsWhole || (Labels.Matches(candidate.Index.Labels) && Fields.Matches(candidate.Index));
}
