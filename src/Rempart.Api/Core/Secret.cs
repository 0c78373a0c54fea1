using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>Confidential values; encrypted before they reach the store.</summary>
[ApiKind("", "v1", "secrets")]
[PrinterColumn("Type", ".type")]
[SelectableField("type")]
public sealed record Secret : ApiObject
{
    /// <summary>True when the values can't be changed any more.</summary>
    public bool? Immutable { get; init; }

    /// <summary>Values in base64 by key.</summary>
    public IReadOnlyDictionary<string, byte[]>? Data { get; init; }

    /// <summary>Values as text, merged into <c>data</c> on write and never read back.</summary>
    public IReadOnlyDictionary<string, string>? StringData { get; init; }

    /// <summary>What programs may expect in it, such as <c>Opaque</c>.</summary>
    public string? Type { get; init; }
}
