using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rempart.Api.Meta;

internal sealed class MicroTimeJsonConverter : JsonConverter<MicroTime>
{
    public override MicroTime Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out var time) ? new MicroTime(time.ToUniversalTime())
            : throw new JsonException("a time is written as in RFC 3339, such as `2026-01-31T12:00:00.000000Z`");

    public override void Write(Utf8JsonWriter writer, MicroTime value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
}
