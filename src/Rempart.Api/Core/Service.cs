using System.Text.Json;
using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>A name for what serves. Listed so that tools work, `kubectl cluster-info` among them; services can't be created yet.</summary>
[ApiKind("", "v1", "services", ShortNames = ["svc"], Categories = ["all"])]
[PrinterColumn("Type", ".spec.type")]
[PrinterColumn("Cluster-IP", ".spec.clusterIP")]
[SelectableField("spec.clusterIP")]
[SelectableField("spec.type")]
public sealed record Service : ApiObject
{
    /// <summary>What is wanted.</summary>
    public JsonElement? Spec { get; init; }

    /// <summary>What is observed.</summary>
    public JsonElement? Status { get; init; }
}
