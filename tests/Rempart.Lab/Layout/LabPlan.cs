using System.Text.Json;
using System.Text.Json.Serialization;

namespace Rempart.Lab.Layout;

/// <summary>What a lab is: lab.json in its folder. Everything else has names that derive from this.</summary>
public sealed record LabPlan
{
    /// <summary>Most hosts that a lab has.</summary>
    public const int MostHosts = 9;

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web) { WriteIndented = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true };

    /// <summary>0 to 63, no two labs of a machine have the same: addresses and user ids are cut by it.</summary>
    public required int Slot { get; init; }

    /// <summary>How many hosts, 1 to <see cref="MostHosts"/>.</summary>
    public required int Hosts { get; init; }

    /// <summary>Folder with the folders (or links to them) `init`, `node`, `server` and `cli`: absolute. Hosts see them read-only, elsewhere.</summary>
    public required string Programs { get; init; }

    /// <summary>Folder of the .NET runtime, absolute.</summary>
    public required string Runtime { get; init; }

    /// <summary>Folder with `vmlinuz` and `initramfs.cpio.gz` of the micro guest.</summary>
    public required string MicroGuest { get; init; }

    /// <summary>`l` and the slot.</summary>
    [JsonIgnore]
    public string Id => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"l{Slot}");

    /// <exception cref="LabException">there is none, or it can't be read.</exception>
    internal static LabPlan Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<LabPlan>(File.ReadAllBytes(path), _json) ?? throw new LabException($"`{path}` is empty");
        }
        catch (Exception exception) when (exception is JsonException or IOException)
        {
            throw new LabException($"`{path}` can't be read: {exception.Message}", exception);
        }
    }

    internal void Write(string path)
    {
        File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(this, _json));
        File.Move(path + ".new", path, overwrite: true);
    }
}
