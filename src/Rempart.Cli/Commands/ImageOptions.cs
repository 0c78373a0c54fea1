using System.CommandLine;
using System.Text.Json.Nodes;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary>What commands that make images share.</summary>
internal sealed class ImageOptions
{
    private readonly Option<string> _type = new("--type") { Description = "Disk, Kernel or Initrd", DefaultValueFactory = _ => "Disk" };
    private readonly Option<string?> _format = new("--format") { Description = "format of a disk: qcow2 (default) or raw; declared, never guessed" };
    private readonly Option<string?> _maxSize = new("--max-virtual-size") { Description = "largest virtual size of a disk, such as 64Gi", HelpName = "size" };

    public ImageOptions()
    {
        _type.AcceptOnlyFromAmong("Disk", "Kernel", "Initrd");
        _format.AcceptOnlyFromAmong("qcow2", "raw");
    }

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { _type, _format, _maxSize }) command.Options.Add(option);
    }

    /// <summary>The Image.</summary>
    public JsonObject Document(ParseResult parse, ResourceType type, string name, string digest)
    {
        var spec = new JsonObject { ["type"] = parse.GetValue(_type), ["digest"] = digest };
        if (parse.GetValue(_type) == "Disk") spec["format"] = parse.GetValue(_format) ?? "qcow2";
        if (parse.GetValue(_maxSize) is { } max) spec["maxVirtualSize"] = max;
        return new JsonObject { ["apiVersion"] = type.ApiVersion, ["kind"] = type.Kind, ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec };
    }

    /// <summary>Where it is in its life.</summary>
    public static string? Phase(JsonObject? image) => image?["status"]?["phase"]?.ToString();

    /// <summary>Whether it is ready.</summary>
    /// <exception cref="CliException">It was refused, or deleted.</exception>
    public static bool Finished(JsonObject? image)
    {
        if (image is null) throw new CliException("the image was deleted meanwhile", ExitCode.NotFound);
        if (Phase(image) != "Failed") return Phase(image) == "Ready";
        var ready = (image["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>().FirstOrDefault(c => c["type"]?.ToString() == "Ready");
        var next = image["status"]?["nextFetchTime"] is { } time ? $"; it is tried again at {time}" : "";
        throw new CliException($"the image was refused: {ready?["message"] ?? "see `rempart describe image`"}{next}");
    }
}
