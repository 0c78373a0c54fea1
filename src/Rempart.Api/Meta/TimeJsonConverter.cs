using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rempart.Api.Meta;

/// <summary>Times on the wire: RFC 3339 in UTC with whole seconds (Kubernetes <c>meta/v1 Time</c>).</summary>
internal sealed class TimeJsonConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? time.ToUniversalTime()
            : throw new JsonException("a time is written as in RFC 3339, such as `2026-01-31T12:00:00Z`");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
}
