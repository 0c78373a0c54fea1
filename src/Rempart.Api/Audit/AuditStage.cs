using System.Text.Json.Serialization;

namespace Rempart.Api.Audit;

/// <summary>Which moment of a request a record tells of.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuditStage>))]
public enum AuditStage
{
    /// <summary>Before something is changed: durable before the commit.</summary>
    [JsonStringEnumMemberName("intent")]
    Intent,

    /// <summary>What came of a request, with or without an intent before: durable before the response.</summary>
    [JsonStringEnumMemberName("outcome")]
    Outcome,

    /// <summary>Something about the trail itself: it was opened, went on in a new file, or a torn record was set aside.</summary>
    [JsonStringEnumMemberName("note")]
    Note,
}
