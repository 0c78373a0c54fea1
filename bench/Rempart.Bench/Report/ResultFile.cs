using System.Text.Json;

namespace Rempart.Bench.Report;

/// <summary>`bench/results/NAME.json`.</summary>
internal static class ResultFile
{
    private static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    internal static void Write(string path, IBench bench, HostFacts host, int rounds, IReadOnlyList<BenchTable> tables, DateTimeOffset now)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(new { bench = bench.Name, about = bench.About, takenAt = now, host, rounds, tables }, _json));
    }
}
