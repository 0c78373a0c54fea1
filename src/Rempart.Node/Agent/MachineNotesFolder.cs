using System.Text.Json;
using Rempart.Linux;

namespace Rempart.Node.Agent;

/// <summary>Notes as files `UID.json`.</summary>
internal sealed class MachineNotesFolder
{
    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Skip };

    private readonly string _folder;

    public MachineNotesFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public IEnumerable<string> Uids => Directory.EnumerateFiles(_folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file));

    public MachineNotes Read(string uid)
    {
        var path = PathOf(uid);
        if (!File.Exists(path)) return new MachineNotes();
        try
        {
            return JsonSerializer.Deserialize<MachineNotes>(File.ReadAllBytes(path), Options) ?? new MachineNotes();
        }
        catch (JsonException)
        {
            // Counters and an operation's progress: losing them costs a repeated restart at most, refusing to go on costs the machine.
            return new MachineNotes();
        }
    }

    public void Write(string uid, MachineNotes notes) => DurableFile.Write(PathOf(uid), JsonSerializer.SerializeToUtf8Bytes(notes, Options), UnixFileMode.UserRead | UnixFileMode.UserWrite);

    public void Delete(string uid) => File.Delete(PathOf(uid));

    private string PathOf(string uid) => Guid.TryParseExact(uid, "D", out var parsed)
        ? Path.Combine(_folder, parsed.ToString("D") + ".json")
        : throw new ArgumentException($"`{uid}` is no uid", nameof(uid));
}
