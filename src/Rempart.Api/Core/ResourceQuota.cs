using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>How much a project may hold: of objects by kind, of processors, memory, storage and addresses.</summary>
[ApiKind("", "v1", "resourcequotas", ShortNames = ["quota"])]
public sealed record ResourceQuota : ApiObject
{
    /// <summary>The limits.</summary>
    public ResourceQuotaSpec? Spec { get; init; }

    /// <summary>The limits in force and what is used of them. Written by the server, in the same commit as the object that is counted.</summary>
    public ResourceQuotaStatus? Status { get; init; }
}
