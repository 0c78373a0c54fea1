using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>Configuration values that are not confidential.</summary>
[ApiKind("", "v1", "configmaps", ShortNames = ["cm"])]
public sealed record ConfigMap : ApiObject
{
    /// <summary>True when the values can't be changed any more.</summary>
    public bool? Immutable { get; init; }

    /// <summary>UTF-8 values by key.</summary>
    public IReadOnlyDictionary<string, string>? Data { get; init; }

    /// <summary>Values in base64 by key.</summary>
    public IReadOnlyDictionary<string, byte[]>? BinaryData { get; init; }
}
