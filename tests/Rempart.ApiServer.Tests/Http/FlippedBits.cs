using Rempart.ApiServer.Secrets;

namespace Rempart.ApiServer.Tests.Http;

/// <summary>A sealer whose output can be told from plain text; no protection.</summary>
internal sealed class FlippedBits : ISealer
{
    public ReadOnlyMemory<byte> Seal(string key, ReadOnlySpan<byte> plain) => Flip(plain);

    public ReadOnlyMemory<byte> Open(string key, ReadOnlySpan<byte> sealedValue) => Flip(sealedValue);

    public bool IsStale(ReadOnlySpan<byte> sealedValue) => false;

    private static byte[] Flip(ReadOnlySpan<byte> bytes)
    {
        var flipped = bytes.ToArray();
        for (var i = 0; i < flipped.Length; i++) flipped[i] = (byte)~flipped[i];
        return flipped;
    }
}
