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
    private const string P256 = "1.2.840.10045.3.1.7";
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

    /// <summary>The key that checkpoints are checked with: the one that was seen first. That may be this one, if it signed this checkpoint.</summary>
    /// <exception cref="CryptographicException">It is no key, or the first one that is seen has not signed what it comes with; the message says which.</exception>
    public ECDsa Pin(string pem, AuditCheckpoint signed)
    {
        if (File.Exists(KeyFile)) return Import(File.ReadAllText(KeyFile), $"`{KeyFile}`, the server's audit key that this node saw first, can't be read: bring it back from a backup or, after `rempart audit verify`, remove it");
        var key = Import(pem, "the server's audit key is no public key of P-256 in PEM");
        if (signed.IsSignedBy(key))
        {
            DurableFile.Write(KeyFile, Encoding.UTF8.GetBytes(key.ExportSubjectPublicKeyInfoPem()), Private);
            return key;
        }
        // Taken for good, it would make every honest checkpoint from then on a contradiction.
        key.Dispose();
        throw new CryptographicException("the server's audit checkpoint is not signed by the key that it names");
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
        var whole = stream.Length;
        try
        {
            stream.Write([.. checkpoint.ToJson(), (byte)'\n']);
            stream.Flush(flushToDisk: true);
        }
        catch (IOException)
        {
            // Half a line, on a full disk for one, would spoil the next.
            stream.SetLength(whole);
            throw;
        }
    }

    private static ECDsa Import(string pem, string problem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            if (key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256) return key;
        }
        catch (Exception no) when (no is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new CryptographicException(problem, no);
        }
        key.Dispose();
        throw new CryptographicException(problem);
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
