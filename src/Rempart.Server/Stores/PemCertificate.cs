using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rempart.Server.Bootstrap;

namespace Rempart.Server.Stores;

/// <summary>A certificate and its key in files, read again when they were renewed.</summary>
internal sealed class PemCertificate
{
    private readonly Lock _gate = new();
    private readonly string _certificateFile;
    private readonly string _keyFile;
    private readonly Action<string>? _unusable;
    private (X509Certificate2 Certificate, DateTime Written) _current;
    private DateTime _refused;

    /// <param name="certificateFile">PEM.</param>
    /// <param name="keyFile">PEM.</param>
    /// <param name="unusable">Told once of each renewal that can't be used: the one before goes on until it ends.</param>
    /// <exception cref="BootstrapException">They can't be used; the message says why.</exception>
    public PemCertificate(string certificateFile, string keyFile, Action<string>? unusable)
    {
        (_certificateFile, _keyFile, _unusable) = (certificateFile, keyFile, unusable);
        _current = Read();
    }

    /// <summary>The newest one that can be read.</summary>
    public X509Certificate2 Current()
    {
        lock (_gate)
        {
            try
            {
                // The one before stays: a handshake may be using it.
                if (Written() != _current.Written) _current = Read();
            }
            catch (BootstrapException wrong)
            {
                // Half renewed, for instance; the next connection looks again.
                if (Written() is var written && written != _refused) _unusable?.Invoke(wrong.Message);
                _refused = written;
            }

            return _current.Certificate;
        }
    }

    /// <summary>Reads the authorities of a file.</summary>
    /// <exception cref="BootstrapException">There are none.</exception>
    public static X509Certificate2Collection Authorities(string file)
    {
        try
        {
            var authorities = new X509Certificate2Collection();
            authorities.ImportFromPemFile(file);
            return authorities.Count > 0 ? authorities : throw new BootstrapException($"`{file}` has no certificate: name the PEM file of etcd's authority");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new BootstrapException($"`{file}` can't be read as certificates: {e.Message}", e);
        }
    }

    private DateTime Written() => File.GetLastWriteTimeUtc(_certificateFile) is var certificate && File.GetLastWriteTimeUtc(_keyFile) is var key && key > certificate ? key : certificate;

    private (X509Certificate2 Certificate, DateTime Written) Read()
    {
        try
        {
            var written = Written();
            if ((File.GetUnixFileMode(_keyFile) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite)) != UnixFileMode.None) throw new BootstrapException($"`{_keyFile}` can be read by everybody: `chmod 600` it, and make a new key if somebody may have");
            return (X509Certificate2.CreateFromPemFile(_certificateFile, _keyFile), written);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new BootstrapException($"the certificate `{_certificateFile}` and its key `{_keyFile}` can't be used: {e.Message}", e);
        }
    }
}
