using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Node.Machines;

namespace Rempart.Node.Migration;

/// <summary>QEMU's answer to `query-migrate`. It is not trusted: what is missing or of another type counts as absent.</summary>
internal sealed record QemuMigration
{
    internal const string Setup = "setup";
    internal const string Active = "active";
    internal const string PreSwitchover = "pre-switchover";
    internal const string Device = "device";
    internal const string Completed = "completed";
    internal const string Failed = "failed";
    internal const string Cancelled = "cancelled";

    private const int MaxReason = 500;

    /// <summary>Empty before anything was sent.</summary>
    public string Status { get; private init; } = "";

    /// <summary>Whether it is over, well or not.</summary>
    public bool HasEnded => Status is Completed or Failed or Cancelled;

    public string? Error { get; private init; }

    /// <summary>Bytes, and so are the others without another word.</summary>
    public long Total { get; private init; }

    public long Transferred { get; private init; }

    public long Remaining { get; private init; }

    public long DirtyPerSecond { get; private init; }

    public long PerSecond { get; private init; }

    public long Iteration { get; private init; }

    public long DowntimeMilliseconds { get; private init; }

    internal static async Task<QemuMigration> ReadAsync(RunningMachine session, CancellationToken cancellationToken) =>
        Parse(await session.Qmp.ExecuteAsync("query-migrate", null, [], cancellationToken));

    /// <summary>Arguments of `migrate-set-capabilities`.</summary>
    internal static JsonObject Capabilities(params (string Name, bool On)[] capabilities) => new()
    {
        ["capabilities"] = new JsonArray([.. capabilities.Select(one => (JsonNode)new JsonObject { ["capability"] = one.Name, ["state"] = one.On })]),
    };

    internal static QemuMigration Parse(JsonElement answer)
    {
        if (answer.ValueKind != JsonValueKind.Object) return new();
        var ram = answer.TryGetProperty("ram", out var part) && part.ValueKind == JsonValueKind.Object ? part : default;
        return new()
        {
            Status = Text(answer, "status") ?? "",
            Error = Text(answer, "error-desc"),
            DowntimeMilliseconds = Number(answer, "downtime"),
            Total = Number(ram, "total"),
            Transferred = Number(ram, "transferred"),
            Remaining = Number(ram, "remaining"),
            DirtyPerSecond = Times(Number(ram, "dirty-pages-rate"), Number(ram, "page-size")),
            PerSecond = Bits(ram),
            Iteration = Number(ram, "dirty-sync-count"),
        };
    }

    private static long Bits(JsonElement ram) =>
        ram.ValueKind == JsonValueKind.Object && ram.TryGetProperty("mbps", out var rate) && rate.ValueKind == JsonValueKind.Number && rate.TryGetDouble(out var megabits) && megabits is > 0 and < 1e9 ? (long)(megabits * 125_000) : 0;

    private static long Times(long pages, long size) => pages < long.MaxValue / 4096 / 1024 && size <= 4096 * 1024 ? pages * size : 0;

    private static long Number(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number > 0 ? number : 0;

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= MaxReason } text ? text : null;
}
