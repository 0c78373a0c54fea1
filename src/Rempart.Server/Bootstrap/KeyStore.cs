using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.Server.Bootstrap;

/// <summary>Keys and certificates as PEM. A certificate and its key are one file, so that a crash can't part them.</summary>
internal static class KeyStore
{
    private const int MostReplacedKeys = 2;

    /// <summary>An ECDSA P-256 key, made when it is missing.</summary>
    public static ECDsa Key(string path)
    {
        if (PrivateFile.Read(path) is { } text)
        {
            var key = ECDsa.Create();
            try
            {
                key.ImportFromPem(text);
                return key;
            }
            catch (Exception e) when (e is ArgumentException or CryptographicException)
            {
                key.Dispose();
                throw Damaged(path, e);
            }
        }

        var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        PrivateFile.Write(path, made.ExportPkcs8PrivateKeyPem() + "\n");
        return made;
    }

    /// <summary>ECDSA P-256 keys, the newest first; one is made when there is none.</summary>
    public static IReadOnlyList<ECDsa> Keys(string path)
    {
        if (PrivateFile.Read(path) is not { } text)
        {
            Prepend(path);
            text = PrivateFile.Read(path)!;
        }

        var keys = Texts(text).Select(pem =>
        {
            var key = ECDsa.Create();
            try
            {
                key.ImportFromPem(pem);
                return key;
            }
            catch (Exception e) when (e is ArgumentException or CryptographicException)
            {
                key.Dispose();
                throw Damaged(path, e);
            }
        }).ToList();
        return keys.Count > 0 && keys.TrueForAll(key => key.KeySize == 256) ? keys : throw Damaged(path, null);
    }

    /// <summary>Puts a new key before those that are there and forgets all but the newest of these.</summary>
    public static void Prepend(string path)
    {
        using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var before = PrivateFile.Read(path) is { } text ? Texts(text).Take(MostReplacedKeys) : [];
        PrivateFile.Write(path, string.Join('\n', before.Prepend(made.ExportPkcs8PrivateKeyPem())) + "\n");
    }

    private static IEnumerable<string> Texts(string text)
    {
        for (var rest = text; PemEncoding.TryFind(rest, out var found); rest = rest[found.Location.End..]) yield return rest[found.Location];
    }

    /// <summary>A certificate with its key; null when the file is missing.</summary>
    public static X509Certificate2? Certificate(string path)
    {
        if (PrivateFile.Read(path) is not { } text) return null;
        try
        {
            return X509Certificate2.CreateFromPem(text, text);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            throw Damaged(path, e);
        }
    }

    /// <summary>A certificate and its key as one text.</summary>
    public static string Pem(X509Certificate2 certificate, ECDsa key) => $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";

    private static BootstrapException Damaged(string path, Exception? inner) => new($"`{path}` is damaged; restore it from its backup", inner);
}
