using System.Text.Json;

namespace Rempart.Node.Migration;

/// <summary>One of QEMU's block jobs, as `query-block-jobs` tells it (not trusted).</summary>
/// <param name="Id">of the job.</param>
/// <param name="Status">`running`, `ready`, `concluded`, ….</param>
/// <param name="Total">bytes to be copied.</param>
/// <param name="Done">bytes that were copied.</param>
/// <param name="Error">why it failed, or null.</param>
internal sealed record QemuJob(string Id, string Status, long Total, long Done, string? Error)
{
    internal const string Ready = "ready";
    internal const string Concluded = "concluded";

    private const int Most = 16;
    private const int MaxText = 300;

    internal static IReadOnlyList<QemuJob> Parse(JsonElement answer) => answer.ValueKind != JsonValueKind.Array ? []
        : [.. answer.EnumerateArray().Take(Most).Select(One).OfType<QemuJob>().DistinctBy(job => job.Id)];

    private static QemuJob? One(JsonElement job) =>
        job.ValueKind == JsonValueKind.Object && Text(job, "device") is { } id && Text(job, "status") is { } status
            ? new(id, status, Number(job, "len"), Number(job, "offset"), Failure(job))
            : null;

    // What can't be read is a failure nevertheless.
    private static string? Failure(JsonElement job) => !job.TryGetProperty("error", out var error) || error.ValueKind == JsonValueKind.Null ? null
        : error.ValueKind == JsonValueKind.String && error.GetString() is { Length: > 0 } text ? text[..Math.Min(text.Length, MaxText)]
        : "it does not say why";

    private static long Number(JsonElement job, string name) => job.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number > 0 ? number : 0;

    private static string? Text(JsonElement job, string name) =>
        job.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= MaxText } text ? text : null;
}
