namespace Rempart.Api.Client;

/// <summary>What part of a collection is meant.</summary>
public sealed record ListQuery
{
    /// <summary>Everything in all namespaces.</summary>
    public static ListQuery All { get; } = new();

    /// <summary>Namespace; null for cluster scope and for all namespaces.</summary>
    public string? Namespace { get; init; }

    /// <summary>Label selector such as <c>app=web,tier!=db</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Field selector such as <c>status.nodeName=host1</c>.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>Most items in one answer.</summary>
    public int? Limit { get; init; }

    /// <summary>Token of the answer before.</summary>
    public string? Continue { get; init; }

    /// <summary>Version asked for; for a watch, the version after which it begins.</summary>
    public string? ResourceVersion { get; init; }

    internal IEnumerable<KeyValuePair<string, string>> Parameters()
    {
        if (LabelSelector is not null) yield return new("labelSelector", LabelSelector);
        if (FieldSelector is not null) yield return new("fieldSelector", FieldSelector);
        if (Limit is { } limit) yield return new("limit", limit.ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (Continue is not null) yield return new("continue", Continue);
        if (ResourceVersion is not null) yield return new("resourceVersion", ResourceVersion);
    }
}
