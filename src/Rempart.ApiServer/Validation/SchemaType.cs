namespace Rempart.ApiServer.Validation;

/// <summary>What a value of a document may be.</summary>
internal enum SchemaType
{
    /// <summary>Any JSON value, kept as it is.</summary>
    Any,

    /// <summary>An object with the fields of <see cref="Schema.Fields"/>.</summary>
    Object,

    /// <summary>An object with free keys and values of <see cref="Schema.Items"/>.</summary>
    Map,

    /// <summary>A list of <see cref="Schema.Items"/>.</summary>
    Array,

    /// <summary>A text.</summary>
    String,

    /// <summary>A whole number of 32 bits.</summary>
    Int32,

    /// <summary>A whole number of 64 bits.</summary>
    Int64,

    /// <summary>A number.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A quantity such as <c>512Mi</c>.</summary>
    Quantity,

    /// <summary>A whole number or a text.</summary>
    IntOrString,

    /// <summary>A time in RFC 3339, whole seconds.</summary>
    Time,

    /// <summary>A time in RFC 3339 with microseconds.</summary>
    MicroTime,

    /// <summary>Bytes in base64.</summary>
    Bytes,
}
