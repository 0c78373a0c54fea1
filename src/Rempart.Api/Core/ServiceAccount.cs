using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>An identity for programs inside a project.</summary>
[ApiKind("", "v1", "serviceaccounts", ShortNames = ["sa"])]
public sealed record ServiceAccount : ApiObject
{
    /// <summary>Secrets that the account's workloads may use.</summary>
    [ListPatch("name")]
    public IReadOnlyList<ObjectReference>? Secrets { get; init; }

    /// <summary>Secrets for pulling images.</summary>
    public IReadOnlyList<LocalObjectReference>? ImagePullSecrets { get; init; }

    /// <summary>False to give workloads no token.</summary>
    public bool? AutomountServiceAccountToken { get; init; }
}
