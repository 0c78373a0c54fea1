using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>How large and how small single machines, volumes and containers of a project may be, and what they are when nothing is said.</summary>
[ApiKind("", "v1", "limitranges", ShortNames = ["limits"])]
public sealed record LimitRange : ApiObject
{
    /// <summary>The bounds.</summary>
    public LimitRangeSpec? Spec { get; init; }
}
