using System.Text.Json;
using Rempart.Linux;

namespace Rempart.Node.Bonds;

/// <summary>Keeps the notes of one change over the end of the agent.</summary>
/// <param name="path">the file.</param>
internal sealed class BondJournal(string path)
{
    /// <summary>Null when there is no change to remember.</summary>
    /// <exception cref="IOException">they can't be read.</exception>
    internal BondNotes? Read()
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), BondJson.Default.BondNotes) : null;
        }
        catch (JsonException garbled)
        {
            throw new IOException($"`{path}` can't be read: look at the host's network, and remove it", garbled);
        }
    }

    internal void Write(BondNotes? notes)
    {
        if (notes is null) File.Delete(path);
        else DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(notes, BondJson.Default.BondNotes), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
