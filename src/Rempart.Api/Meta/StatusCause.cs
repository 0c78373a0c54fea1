namespace Rempart.Api.Meta;

/// <summary>One reason for a failure.</summary>
public sealed record StatusCause
{
    /// <summary>For programs: <c>FieldValueInvalid</c>, <c>FieldValueRequired</c>, <c>FieldValueForbidden</c>, <c>FieldValueDuplicate</c>, <c>FieldValueNotSupported</c>, <c>FieldValueTooLong</c>, …</summary>
    public string? Reason { get; init; }

    /// <summary>For people.</summary>
    public string? Message { get; init; }

    /// <summary>Path of the field such as <c>spec.volumes[0].size</c>.</summary>
    public string? Field { get; init; }
}
