using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rempart.Protocols.Etcd;

namespace Rempart.Store.Etcd;

/// <summary>
/// The key that says that a store is here; written once. Its own revision in etcd is the store's revision <see cref="Base"/>, and all
/// others follow from that: an empty store is at revision 1 in an etcd of any age, and one that was moved here goes on above the
/// highest revision that it had.
/// </summary>
/// <param name="Incarnation">See <see cref="StoreStamp"/>.</param>
/// <param name="Base">The store's revision when this was written.</param>
internal sealed record EtcdMark(string Incarnation, long Base)
{
    private const string Format = "rempart-store-1";

    public static EtcdMark New(long first) => new(RandomNumberGenerator.GetHexString(32, lowercase: true), first);

    public byte[] ToBytes() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Format} {Incarnation} {Base}"));

    /// <exception cref="StoreCorruptException">It is no mark, or one of a newer version.</exception>
    public static EtcdMark Parse(EtcdKeyValue entry)
    {
        var words = Encoding.ASCII.GetString(entry.Value.Span).Split(' ');
        return words is [Format, var incarnation, var number]
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var first) && first >= 1
            ? new EtcdMark(incarnation, first)
            : throw new StoreCorruptException($"the key `{entry.Key}` in etcd is not what this version writes: run the newer version that wrote it", inner: null);
    }
}
