using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>A project: the scope of names, rights, networks and quotas of one tenant.</summary>
[ApiKind("", "v1", "namespaces", ClusterScoped = true, ShortNames = ["ns"])]
[PrinterColumn("Status", ".status.phase")]
[SelectableField("name", ReadFrom = "metadata.name")]
[SelectableField("status.phase")]
public sealed record Namespace : ApiObject
{
    /// <summary>Parties that must act before the project is gone.</summary>
    public NamespaceSpec? Spec { get; init; }

    /// <summary>State of the project.</summary>
    public NamespaceStatus? Status { get; init; }
}
