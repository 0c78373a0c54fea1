using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Rempart.Api.Audit;
using Rempart.Linux;

namespace Rempart.Node.Witness;

/// <summary>
/// What the node keeps of the server's audit trail, root's alone: <c>checkpoints</c> (grows), <c>key.pem</c> (the key that was seen
/// first, never replaced) and <c>refused</c> (what contradicted them, as evidence).
/// </summary>
internal sealed class WitnessFolder
{
    /// <summary>Contradictions repeat with each look; the first ones tell everything.</summary>
    private const long MaxRefusedBytes = 1024 * 1024;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _folder;

    public WitnessFolder(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(folder, Private | UnixFileMode.UserExecute);
        RepairTail();
        SetAsideUnreadable();
    }

    private string Checkpoints => Path.Combine(_folder, "checkpoints");

    private string KeyFile => Path.Combine(_folder, "key.pem");

    private string Refused => Path.Combine(_folder, "refused");

    /// <summary>All that are kept, oldest first.</summary>
    /// <exception cref="JsonException">The file was edited while the agent ran.</exception>
    public IReadOnlyList<WitnessedCheckpoint> Read() => File.Exists(Checkpoints) ? WitnessedCheckpoint.ReadFile(Checkpoints) : [];

    /// <summary>The key that checkpoints are checked with: the one that was seen first, which this may be.</summary>
    /// <exception cref="CryptographicException">It is no key.</exception>
    public ECDsa Pin(string pem)
    {
        var key = ECDsa.Create();
        try
        {
            var pinned = File.Exists(KeyFile) ? File.ReadAllText(KeyFile) : null;
            key.ImportFromPem(pinned ?? pem);
            if (pinned is null) DurableFile.Write(KeyFile, Encoding.UTF8.GetBytes(key.ExportSubjectPublicKeyInfoPem()), Private);
            return key;
        }
        catch (Exception no) when (no is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new CryptographicException("the server's audit key is no public key in PEM", no);
        }
    }

    /// <summary>Adds one, durable when this returns.</summary>
    public void Keep(WitnessedCheckpoint checkpoint) => Append(Checkpoints, checkpoint);

    /// <summary>Keeps one that contradicts, while there is room.</summary>
    public void Refuse(WitnessedCheckpoint checkpoint)
    {
        if (!File.Exists(Refused) || new FileInfo(Refused).Length < MaxRefusedBytes) Append(Refused, checkpoint);
    }

    /// <summary>Replaces the file by a shorter one.</summary>
    public void Rewrite(IReadOnlyList<WitnessedCheckpoint> kept)
    {
        using var bytes = new MemoryStream();
        foreach (var checkpoint in kept)
        {
            bytes.Write(checkpoint.ToJson());
            bytes.WriteByte((byte)'\n');
        }
        DurableFile.Write(Checkpoints, bytes.ToArray(), Private);
    }

    private static void Append(string path, WitnessedCheckpoint checkpoint)
    {
        using var stream = new FileStream(path, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = Private });
        stream.Write([.. checkpoint.ToJson(), (byte)'\n']);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>A file that a fault of the disk spoilt is evidence, and no reason to witness nothing from now on.</summary>
    private void SetAsideUnreadable()
    {
        try
        {
            Read();
        }
        catch (JsonException)
        {
            DurableFile.Rename(Checkpoints, $"{Checkpoints}.unreadable-{File.GetLastWriteTimeUtc(Checkpoints):yyyyMMddHHmmss}");
        }
    }

    /// <summary>A line that a crash cut would join the next one: it goes, and the server tells it again.</summary>
    private void RepairTail()
    {
        foreach (var path in new[] { Checkpoints, Refused })
        {
            if (!File.Exists(path)) continue;
            var whole = File.ReadAllBytes(path).AsSpan().LastIndexOf((byte)'\n') + 1;
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Write);
            if (stream.Length == whole) continue;
            stream.SetLength(whole);
            stream.Flush(flushToDisk: true);
        }
    }
}
