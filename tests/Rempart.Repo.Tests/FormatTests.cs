using System.Text.RegularExpressions;

namespace Rempart.Repo.Tests;

/// <summary>`src/formats`: what an instance keeps on disk does not change its shape without a look at what older and newer programs make of it.</summary>
public sealed partial class FormatTests
{
    private const string Shapes = "tests/Rempart.Repo.Tests/stored-shapes.txt";

    /// <summary>Records that are read strictly, by the format that they belong to: a member more is unreadable for the program of before.</summary>
    private static readonly (string Format, string File)[] _records =
    [
        ("audit", "src/Rempart.Api/Audit/AuditRecord.cs"), ("audit", "src/Rempart.Api/Audit/AuditCheckpoint.cs"), ("audit", "src/Rempart.Api/Audit/AuditStage.cs"),
        ("keys", "src/Rempart.ApiServer/Secrets/KeyFileDocument.cs"), ("keys", "src/Rempart.ApiServer/Secrets/StoredKey.cs"),
        ("machines", "src/Rempart.Node/Machines/MachineRecord.cs"), ("machines", "src/Rempart.Node/Machines/MachineStep.cs"),
        ("machines", "src/Rempart.Node/Machines/MachineShape.cs"), ("machines", "src/Rempart.Node/Machines/Accelerator.cs"), ("machines", "src/Rempart.Node/Workloads/WorkloadExit.cs"), ("machines", "src/Rempart.Node/Workloads/ExitReason.cs"),
        ("moves", "src/Rempart.Node/Migration/MoveNotes.cs"), ("moves", "src/Rempart.Node/Migration/MoveKeys.cs"), ("moves", "src/Rempart.Node/Migration/MoveRole.cs"), ("moves", "src/Rempart.Node/Migration/MoveStage.cs"), ("moves", "src/Rempart.Node/Migration/PoolDisk.cs"),
        ("pool", "src/Rempart.Node/Volumes/ImageRecord.cs"), ("pool", "src/Rempart.Node/Volumes/VolumeRecord.cs"), ("pool", "src/Rempart.Node/Volumes/ImageType.cs"), ("pool", "src/Rempart.Node/Volumes/PoolMark.cs"),
    ];

    [Fact]
    public void A_record_that_is_kept_has_the_members_of_its_format()
    {
        Dictionary<string, (int Oldest, int Written)> formats = Formats();
        string[] now = [.. _records.Select(record => $"{record.Format} {formats[record.Format].Written} {Path.GetFileNameWithoutExtension(record.File)}: {Members(Repository.Read(record.File))}")];

        Repository.None(
            $"what is kept on disk has another shape than its format in `{Shapes}`. Does the program of before read it, and this one what that one wrote? "
            + "If not, raise its last number in `src/formats` (and in the code that checks it). Then write these lines there:",
            now.Except(Repository.Read(Shapes).Split('\n'), StringComparer.Ordinal));
    }

    [Fact]
    public void The_stores_format_is_its_schema()
    {
        string schema = Repository.Read("src/Rempart.Store/Sqlite/Schema.cs");
        string steps = schema[schema.IndexOf("_steps =", StringComparison.Ordinal)..schema.IndexOf("\n    ];", StringComparison.Ordinal)];

        Assert.Equal(Quotes().Count(steps) / 2, Formats()["store"].Written);
    }

    [Fact]
    public void A_machines_format_is_that_of_its_record() =>
        Assert.Contains($"CurrentVersion = {Formats()["machines"].Written};", Repository.Read("src/Rempart.Node/Machines/MachineRecord.cs"), StringComparison.Ordinal);

    private static Dictionary<string, (int Oldest, int Written)> Formats() => Line().Matches(Repository.Read("src/formats"))
        .ToDictionary(line => line.Groups["name"].Value, line => (int.Parse(line.Groups["oldest"].Value, null), int.Parse(line.Groups["written"].Value, null)), StringComparer.Ordinal);

    private static string Members(string source) => string.Join(", ", Property().Matches(source)
        .Select(property => $"{property.Groups["type"].Value} {property.Groups["name"].Value}")
        .Concat(Positional().Matches(source).SelectMany(record => record.Groups["parameters"].Value.Split(',', StringSplitOptions.TrimEntries)))
        .Concat(EnumMember().Matches(source).Select(member => member.Groups["name"].Value)));

    [GeneratedRegex(@"^(?<name>[a-z]+) +(?<oldest>[0-9]+) +(?<written>[0-9]+) ", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Line();

    [GeneratedRegex(@"^    public (required )?(?<type>[\w<>?.]+) (?<name>\w+) \{ get; (init|set); \}", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Property();

    [GeneratedRegex(@"^(public|internal) sealed record \w+\((?<parameters>[^)]*)\)", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Positional();

    [GeneratedRegex(@"^    (?<name>[A-Z]\w*),?$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex EnumMember();

    [GeneratedRegex("\"\"\"")]
    private static partial Regex Quotes();
}
