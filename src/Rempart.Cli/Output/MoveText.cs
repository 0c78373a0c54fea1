using System.Globalization;
using System.Text.Json.Nodes;

namespace Rempart.Cli.Output;

/// <summary>How far a move of a machine is, in a line.</summary>
internal static class MoveText
{
    private const int Cells = 24;

    /// <summary>The line for a terminal: a bar of what was sent, the rate and what is left of the time.</summary>
    /// <param name="move">The MachineMigration.</param>
    public static string Line(JsonObject move)
    {
        var status = move["status"] as JsonObject ?? [];
        var phase = Text(status, "phase") ?? "Pending";
        var progress = status["source"]?["progress"] as JsonObject;
        if (phase is not "Transferring" || progress is null) return $"{phase}{(Text(status, "message") is { } message ? $": {message}" : "")}";
        var disks = progress["disks"] as JsonObject;
        // What is left counts, not what was sent: memory that the guest writes anew is sent again.
        var total = Number(progress, "totalBytes") + Number(disks, "totalBytes");
        var left = Number(progress, "remainingBytes") + Number(disks, "remainingBytes");
        var share = total <= 0 ? 0 : Math.Clamp((double)(total - left) / total, 0, 1);
        var full = (int)(share * Cells);
        var parts = new List<string> { $"[{new string('█', full)}{new string('░', Cells - full)}] {share.ToString("P0", CultureInfo.InvariantCulture)}" };
        if (!StaysOnHost(move)) parts.Add($"memory {Bytes(Number(progress, "remainingBytes"))} of {Bytes(Number(progress, "totalBytes"))} left");
        if (Number(disks, "totalBytes") > 0) parts.Add($"disks {Bytes(Number(disks, "remainingBytes"))} of {Bytes(Number(disks, "totalBytes"))} left");
        if (Number(progress, "bytesPerSecond") is > 0 and var rate) parts.Add($"{Bytes(rate)}/s");
        if (!StaysOnHost(move) || progress["estimatedSecondsLeft"] is not null) parts.Add(progress["estimatedSecondsLeft"] is null ? "the guest writes faster than it can be sent" : $"about {Number(progress, "estimatedSecondsLeft")} s");
        return string.Join(", ", parts);
    }

    /// <summary>What became of it, with how long the guest stood still.</summary>
    /// <param name="move">The MachineMigration.</param>
    public static string Outcome(JsonObject move)
    {
        var status = move["status"] as JsonObject ?? [];
        var seconds = DateTimeOffset.TryParse(Text(status, "startedAt"), CultureInfo.InvariantCulture, out var began) && DateTimeOffset.TryParse(Text(status, "completedAt"), CultureInfo.InvariantCulture, out var ended)
            ? string.Create(CultureInfo.InvariantCulture, $" in {(ended - began).TotalSeconds:0} s") : "";
        var downtime = status["source"]?["downtimeMilliseconds"] is { } stood ? $", the guest stood still for {stood} ms" : "";
        var pools = string.Join(", ", (move["spec"]?["volumes"] as JsonArray ?? []).Select(volume => $"{volume?["name"]} to pool {volume?["pool"]}"));
        if (StaysOnHost(move)) return $"stays on {Text(status, "sourceNode")}, its disks went{seconds}: {pools}";
        return $"moved from {Text(status, "sourceNode")} to {Text(status, "targetNode")}{seconds}{downtime}{(pools.Length == 0 ? "" : $", {pools}")}";
    }

    /// <summary>Whether a move is of disks alone.</summary>
    /// <param name="move">The MachineMigration.</param>
    public static bool StaysOnHost(JsonObject move) => move["status"] is JsonObject status && Text(status, "sourceNode") is { } source && source == Text(status, "targetNode");

    /// <summary>Bytes with a binary unit and one digit.</summary>
    /// <param name="bytes">How many.</param>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1024 && unit < units.Length - 1) (value, unit) = (value / 1024, unit + 1);
        return string.Create(CultureInfo.InvariantCulture, $"{(unit == 0 ? $"{value:0}" : $"{value:0.0}")} {units[unit]}");
    }

    private static string? Text(JsonObject node, string field) => node[field]?.ToString();

    private static long Number(JsonObject? node, string field) => node?[field] is JsonValue value && value.TryGetValue<long>(out var number) ? number : 0;
}
