using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Rempart.Linux;
using Rempart.Runtime;

namespace Rempart.Node.Migration;

/// <summary>Notes of moves as files `UID.json`, 0600: keys are in them for a moment. There is one move a machine.</summary>
internal sealed class MoveNotesFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Strict) { Converters = { new JsonStringEnumConverter() } };

    private readonly string _folder;
    private readonly ConcurrentDictionary<string, MoveNotes> _byMachine = new(StringComparer.Ordinal);
    private readonly Lock _writing = new();

    public MoveNotesFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
        foreach (var file in Directory.EnumerateFiles(folder, "*.json"))
        {
            // One that can't be read stops the agent: a machine would be taken for no one's.
            var notes = JsonSerializer.Deserialize<MoveNotes>(File.ReadAllBytes(file), Options) ?? throw new JsonException($"`{file}` holds nothing");
            _byMachine[notes.MachineUid] = notes;
        }
    }

    public IReadOnlyList<MoveNotes> All => [.. _byMachine.Values];

    /// <summary>Whether a machine is in a move here.</summary>
    public bool Holds(string machineUid) => _byMachine.ContainsKey(machineUid);

    /// <summary>The notes of a move with this name and role; null when there are none.</summary>
    public MoveNotes? Find(ResourceKey key, MoveRole role) => _byMachine.Values.FirstOrDefault(notes => notes.Role == role && notes.Name == key.Name && notes.Namespace == key.Namespace);

    /// <summary>Nobody sees the notes before the disk has them: what is done by them must be known after a crash.</summary>
    /// <exception cref="MoveException">the machine is in another move here.</exception>
    /// <exception cref="IOException">they could not be written; what was there stays.</exception>
    public MoveNotes Write(MoveNotes notes)
    {
        lock (_writing)
        {
            if (_byMachine.TryGetValue(notes.MachineUid, out var known) && known.MigrationUid != notes.MigrationUid) throw new MoveException($"machinemigration `{known.Name}` of the same machine is not done here yet");
            DurableFile.Write(PathOf(notes.MachineUid), JsonSerializer.SerializeToUtf8Bytes(notes, Options), Private);
            _byMachine[notes.MachineUid] = notes;
            return notes;
        }
    }

    public void Delete(MoveNotes notes)
    {
        lock (_writing)
        {
            File.Delete(PathOf(notes.MachineUid));
            _byMachine.TryRemove(notes.MachineUid, out _);
        }
    }

    private string PathOf(string uid) => Guid.TryParseExact(uid, "D", out var parsed) ? Path.Combine(_folder, parsed.ToString("D") + ".json") : throw new ArgumentException($"`{uid}` is no uid", nameof(uid));
}
