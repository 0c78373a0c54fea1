using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.ApiServer.Certificates;

/// <summary>Serial numbers of 16 bytes: 1, the time of issue in milliseconds (6 bytes), 72 random bits. Tells certificates from before and after a revocation apart to the millisecond, where the validity has seconds.</summary>
internal static class CertificateSerial
{
    private const int Length = 16;

    public static byte[] Create(DateTimeOffset now)
    {
        var serial = RandomNumberGenerator.GetBytes(Length);
        Span<byte> time = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(time, now.ToUnixTimeMilliseconds());
        time[2..].CopyTo(serial.AsSpan(1));
        serial[0] = 1;
        return serial;
    }

    /// <summary>When a certificate was issued; the earliest time there is for serial numbers of another form.</summary>
    public static DateTimeOffset IssuedAt(X509Certificate2 certificate)
    {
        var serial = certificate.SerialNumberBytes.Span;
        if (serial.Length != Length || serial[0] != 1) return DateTimeOffset.MinValue;
        Span<byte> time = stackalloc byte[8];
        time.Clear();
        serial[1..7].CopyTo(time[2..]);
        var milliseconds = BinaryPrimitives.ReadInt64BigEndian(time);
        return milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.MinValue : DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
    }
}
