using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace Rempart.ApiServer.Secrets;

/// <summary>
/// The key-encryption keys on disk, mode 0600: <c>{"active":"id","keys":[{"id":"…","key":"hex"}]}</c>. Whoever has it and the
/// store reads every secret, so it is backed up apart from the store.
/// </summary>
public static class KeyFile
{
    /// <summary>Most keys in a file, and most bytes.</summary>
    private const int MostKeys = 64;
    private const int MostBytes = 16 * 1024;

    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Makes a file with one new key. Never touches a file that is there.</summary>
    /// <exception cref="IOException">The file is there already.</exception>
    public static void Create(string path)
    {
        if (File.Exists(path))
        {
            throw new IOException($"the key file `{path}` exists already");
        }

        using var key = NewKey();
        Write(path, key.Id, [Stored(key)]);
    }

    /// <summary>Reads the keys.</summary>
    /// <exception cref="KeyFileException">It is missing, readable by others, or damaged.</exception>
    public static KeyRing Load(string path)
    {
        var document = Read(path);
        var keys = document.Keys.Select(stored => new KeyEncryptionKey(Convert.FromHexString(stored.Key))).ToList();
        return new KeyRing(keys, document.Active);
    }

    /// <summary>Adds a new key and makes it the active one; values sealed with earlier keys still open. Returns its id.</summary>
    public static string Rotate(string path)
    {
        var document = Read(path);
        if (document.Keys.Count >= MostKeys)
        {
            throw new KeyFileException($"the key file `{path}` holds {MostKeys} keys: remove those that seal nothing anymore");
        }

        using var key = NewKey();
        Write(path, key.Id, [.. document.Keys, Stored(key)]);
        return key.Id;
    }

    /// <summary>Removes a key that seals nothing anymore. What it still seals is lost.</summary>
    public static void Remove(string path, string id)
    {
        var document = Read(path);
        if (document.Active == id)
        {
            throw new KeyFileException($"key `{id}` is the active one: rotate first");
        }

        Write(path, document.Active, [.. document.Keys.Where(key => key.Id != id)]);
    }

    private static KeyFileDocument Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new KeyFileException($"the key file `{path}` is missing: restore it from its backup, a new one can't open what is stored");
        }

        if ((File.GetUnixFileMode(path) & ~Private) != UnixFileMode.None)
        {
            throw new KeyFileException($"the key file `{path}` is open to other users: run `chmod 600 {path}`, then rotate the key");
        }

        if (new FileInfo(path).Length > MostBytes || Parse(File.ReadAllBytes(path)) is not { } document)
        {
            throw new KeyFileException($"the key file `{path}` is damaged: restore it from its backup");
        }

        return document;
    }

    /// <summary>Null if anything is wrong. What exactly is not told: a message about a key could hold a part of it.</summary>
    private static KeyFileDocument? Parse(byte[] json)
    {
        try
        {
            var document = JsonSerializer.Deserialize(json, KeyFileJsonContext.Default.KeyFileDocument);
            return document is { Keys.Count: >= 1 and <= MostKeys }
                && document.Keys.All(IsWhole)
                && document.Keys.Select(key => key.Id).Distinct().Count() == document.Keys.Count
                && document.Keys.Any(key => key.Id == document.Active) ? document : null;
        }
        catch (JsonException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(json);
        }
    }

    private static bool IsWhole(StoredKey stored)
    {
        Span<byte> bytes = stackalloc byte[KeyEncryptionKey.KeyBytes];
        if (stored.Key.Length != 2 * bytes.Length || Convert.FromHexString(stored.Key, bytes, out _, out _) != OperationStatus.Done)
        {
            return false;
        }

        using var key = new KeyEncryptionKey(bytes);
        return key.Id == stored.Id;
    }

    /// <summary>Whole or not at all: another file, synced, takes the name.</summary>
    private static void Write(string path, string active, IReadOnlyList<StoredKey> keys)
    {
        var next = path + ".new";
        File.Delete(next);
        using (var stream = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Private }))
        {
            JsonSerializer.Serialize(stream, new KeyFileDocument { Active = active, Keys = keys }, KeyFileJsonContext.Default.KeyFileDocument);
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }

    private static KeyEncryptionKey NewKey() => new(RandomNumberGenerator.GetBytes(KeyEncryptionKey.KeyBytes));

    private static StoredKey Stored(KeyEncryptionKey key) => new() { Id = key.Id, Key = Convert.ToHexStringLower(key.Key) };
}
