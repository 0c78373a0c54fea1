using System.Text.Json;
using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>A group of containers. Listed so that tools work; containers can't be created yet.</summary>
[ApiKind("", "v1", "pods", ShortNames = ["po"], Categories = ["all"])]
[PrinterColumn("Status", ".status.phase")]
[SelectableField("spec.nodeName")]
[SelectableField("spec.restartPolicy")]
[SelectableField("spec.schedulerName")]
[SelectableField("spec.serviceAccountName")]
[SelectableField("spec.hostNetwork", Missing = "false")]
[SelectableField("status.phase")]
[SelectableField("status.podIP")]
[SelectableField("status.podIPs")]
[SelectableField("status.nominatedNodeName")]
public sealed record Pod : ApiObject
{
    /// <summary>What is wanted.</summary>
    public JsonElement? Spec { get; init; }

    /// <summary>What is observed.</summary>
    public JsonElement? Status { get; init; }
}
