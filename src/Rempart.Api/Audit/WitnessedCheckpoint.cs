using System.Text;
using System.Text.Json;

namespace Rempart.Api.Audit;

/// <summary>A checkpoint as a node keeps it: one line of JSON in the node's own file, which the server can't write.</summary>
public sealed record WitnessedCheckpoint
{
    /// <summary>When the node saw it, by the node's clock.</summary>
    public required DateTimeOffset Seen { get; init; }

    /// <summary>What the server stated.</summary>
    public required AuditCheckpoint Checkpoint { get; init; }

    /// <summary>As one line of JSON, without a line feed.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, AuditJsonContext.Default.WitnessedCheckpoint);

    /// <summary>The ended lines of a witness's file, in its order. A last line without a line feed was cut by a crash and is left out.</summary>
    /// <exception cref="JsonException">A line is no checkpoint; the message names it.</exception>
    public static IReadOnlyList<WitnessedCheckpoint> ReadFile(string path) => ReadFile(path, File.ReadAllBytes(path));

    /// <summary>The same of bytes that were read already.</summary>
    /// <param name="path">For the message.</param>
    /// <param name="content">All of the file.</param>
    /// <exception cref="JsonException">A line is no checkpoint; the message names it.</exception>
    public static IReadOnlyList<WitnessedCheckpoint> ReadFile(string path, ReadOnlySpan<byte> content)
    {
        var text = Encoding.UTF8.GetString(content);
        var lines = text.Split('\n');
        var all = new List<WitnessedCheckpoint>(lines.Length);
        for (var i = 0; i < lines.Length - 1; i++)
        {
            try
            {
                all.Add(JsonSerializer.Deserialize(lines[i], AuditJsonContext.Default.WitnessedCheckpoint) ?? throw new JsonException("it is `null`"));
            }
            catch (JsonException no)
            {
                throw new JsonException($"line {i + 1} of `{path}` is no witnessed checkpoint: {no.Message}", no);
            }
        }

        return all;
    }
}
