using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>Bounds of one type of object.</summary>
public sealed record LimitRangeItem
{
    /// <summary><c>VirtualMachine</c> (cpu and memory of its class), <c>Volume</c> (storage), <c>Container</c>, <c>Pod</c> or <c>PersistentVolumeClaim</c>.</summary>
    public required string Type { get; init; }

    /// <summary>The largest.</summary>
    public IReadOnlyDictionary<string, Quantity>? Max { get; init; }

    /// <summary>The smallest.</summary>
    public IReadOnlyDictionary<string, Quantity>? Min { get; init; }

    /// <summary>Limits of containers that say none; the size of blank volumes that say none.</summary>
    public IReadOnlyDictionary<string, Quantity>? Default { get; init; }

    /// <summary>Requests of containers that say none.</summary>
    public IReadOnlyDictionary<string, Quantity>? DefaultRequest { get; init; }

    /// <summary>Largest ratio of limit to request.</summary>
    public IReadOnlyDictionary<string, Quantity>? MaxLimitRequestRatio { get; init; }
}
