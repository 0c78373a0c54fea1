using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Rempart.Linux;
using Rempart.Runtime;

namespace Rempart.Node.Migration;

/// <summary>Notes of moves as files `UID.json`, 0600: keys are in them for a moment. There is one move a machine.</summary>
internal sealed partial class MoveNotesFolder
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Strict) { Converters = { new JsonStringEnumConverter() } };

    private readonly string _folder;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, MoveNotes> _byMachine = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unread = new(StringComparer.Ordinal);
    private readonly Lock _writing = new();

    public MoveNotesFolder(string folder, ILogger logger)
    {
        (_folder, _logger) = (folder, logger);
        Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
        foreach (var file in Directory.EnumerateFiles(folder, "*.json"))
        {
            var uid = Path.GetFileNameWithoutExtension(file);
            if (Read(file, uid) is { } notes) _byMachine[uid] = notes;
            // Its machine would be taken for one in no move: it is held, and all others go on.
            else _unread.Add(uid);
        }
    }

    public IReadOnlyList<MoveNotes> All => [.. _byMachine.Values];

    /// <summary>Whether a machine is in a move here.</summary>
    public bool Holds(string machineUid) => _byMachine.ContainsKey(machineUid) || _unread.Contains(machineUid);

    /// <summary>The notes of a move with this name and role; null when there are none.</summary>
    public MoveNotes? Find(ResourceKey key, MoveRole role) => _byMachine.Values.FirstOrDefault(notes => notes.Role == role && notes.Name == key.Name && notes.Namespace == key.Namespace);

    /// <summary>Nobody sees the notes before the disk has them: what is done by them must be known after a crash.</summary>
    /// <exception cref="MoveException">the machine is in another move here.</exception>
    /// <exception cref="IOException">they could not be written; what was there stays.</exception>
    public MoveNotes Write(MoveNotes notes)
    {
        lock (_writing)
        {
            if (_unread.Contains(notes.MachineUid)) throw new MoveException("the notes of an earlier move of this machine can't be read on this node: see its agent's log");
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

    private MoveNotes? Read(string file, string uid)
    {
        try
        {
            if (JsonSerializer.Deserialize<MoveNotes>(File.ReadAllBytes(file), Options) is { } notes && notes.MachineUid == uid) return notes;
            LogUnreadable(file, "it is not about the machine that it is named after");
        }
        catch (Exception wrong) when (wrong is JsonException or IOException or UnauthorizedAccessException)
        {
            LogUnreadable(file, wrong.Message);
        }
        return null;
    }

    private string PathOf(string uid) => Guid.TryParseExact(uid, "D", out var parsed) ? Path.Combine(_folder, parsed.ToString("D") + ".json") : throw new ArgumentException($"`{uid}` is no uid", nameof(uid));

    [LoggerMessage(Level = LogLevel.Error, Message = "the notes of a move in `{File}` can't be read, so the machine of that uid is left as it is here: {Why}. If no move of it is active, stop the agent, remove the file and start it again")]
    private partial void LogUnreadable(string file, string why);
}
