namespace Rempart.ApiServer.Http.Protobuf;

/// <summary>How a value of a protobuf message becomes JSON.</summary>
internal enum WireType
{
    /// <summary>UTF-8.</summary>
    Text,

    /// <summary>Bytes, in base64.</summary>
    Bytes,

    /// <summary>A varint of 64 bits.</summary>
    Number,

    /// <summary>A varint that is 0 or 1.</summary>
    Flag,

    /// <summary>Seconds and nanoseconds since 1970, as RFC 3339 in whole seconds.</summary>
    Time,

    /// <summary>The same, with microseconds.</summary>
    MicroTime,

    /// <summary>A message that holds JSON in its first field (<c>FieldsV1</c>).</summary>
    Json,

    /// <summary>A message.</summary>
    Message,

    /// <summary>Entries of text to text.</summary>
    TextMap,

    /// <summary>Entries of text to a <c>Quantity</c>, a message of one text.</summary>
    QuantityMap,

    /// <summary>Entries of text to bytes.</summary>
    BytesMap,

    /// <summary>Entries of text to a list of texts (<c>ExtraValue</c>).</summary>
    ListMap,
}
