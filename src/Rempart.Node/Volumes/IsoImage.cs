using System.Buffers.Binary;
using System.Text;

namespace Rempart.Node.Volumes;

/// <summary>
/// Writes an ISO 9660 image (ECMA-119) with a Joliet tree beside the plain one: a handful of files in the root folder,
/// which is all that a NoCloud seed is. Pure: the same files give the same bytes, and every date is 1970-01-01.
/// </summary>
internal static class IsoImage
{
    private const int Sector = 2048;
    private const int FirstDescriptor = 16;
    private const int PlainPath = 19; // little-endian path table; the big-endian one follows
    private const int JolietPath = 21;
    private const int PlainRoot = 23;
    private const int JolietRoot = 24;
    private const int FirstFile = 25;
    private const int MaxFiles = 8;
    private const int MaxBytes = 16 << 20;

    /// <param name="volume">volume label, 1 to 16 characters.</param>
    /// <param name="files">at most 8, 16 MiB together, with distinct names.</param>
    internal static byte[] Write(string volume, IReadOnlyList<IsoFile> files)
    {
        Check(volume, files);
        var ordered = files.OrderBy(file => file.Name, StringComparer.Ordinal).ToList();
        var places = new int[ordered.Count];
        var next = FirstFile;
        for (var index = 0; index < ordered.Count; index++)
        {
            places[index] = next;
            next += Sectors(ordered[index].Content.Length);
        }

        var image = new byte[next * Sector];
        Descriptor(image, FirstDescriptor, volume, joliet: false, next);
        Descriptor(image, FirstDescriptor + 1, volume, joliet: true, next);
        Terminator(At(image, FirstDescriptor + 2));
        PathTables(image, PlainPath, PlainRoot);
        PathTables(image, JolietPath, JolietRoot);
        Folder(At(image, PlainRoot), PlainRoot, ordered, places, joliet: false);
        Folder(At(image, JolietRoot), JolietRoot, ordered, places, joliet: true);
        for (var index = 0; index < ordered.Count; index++) ordered[index].Content.Span.CopyTo(image.AsSpan(places[index] * Sector));
        return image;
    }

    private static void Check(string volume, IReadOnlyList<IsoFile> files)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(files.Count, MaxFiles, nameof(files));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(files.Sum(file => (long)file.Content.Length), MaxBytes, nameof(files));
        if (volume.Length is 0 or > 16 || !Ascii.IsValid(volume)) throw new ArgumentException($"`{volume}` is no volume label", nameof(volume));
        if (files.Select(file => file.Name).Distinct(StringComparer.Ordinal).Count() != files.Count) throw new ArgumentException("two files of one name", nameof(files));
        foreach (var file in files)
        {
            if (file.Name.Length is 0 or > 28 || !file.Name.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '_' or '.'))
                throw new ArgumentException($"`{file.Name}` is no name for a file of a seed", nameof(files));
        }
    }

    // ECMA-119 8.4 and 8.5; a Joliet descriptor is a supplementary one with the escape sequence of UCS-2 level 3.
    private static void Descriptor(byte[] image, int place, string volume, bool joliet, int sectors)
    {
        var sector = At(image, place);
        sector[0] = (byte)(joliet ? 2 : 1);
        Identifier(sector);
        Text(sector.Slice(8, 32), string.Empty, joliet);
        Text(sector.Slice(40, 32), volume, joliet);
        Both(sector[80..], sectors);
        if (joliet) "%/E"u8.CopyTo(sector[88..]);
        Both16(sector[120..], 1);
        Both16(sector[124..], 1);
        Both16(sector[128..], Sector);
        var path = joliet ? JolietPath : PlainPath;
        Both(sector[132..], 10);
        BinaryPrimitives.WriteInt32LittleEndian(sector[140..], path);
        BinaryPrimitives.WriteInt32BigEndian(sector[148..], path + 1);
        Record(sector[156..], [0], joliet ? JolietRoot : PlainRoot, Sector, folder: true);
        Text(sector.Slice(190, 623), string.Empty, joliet);
        for (var date = 813; date < 881; date += 17) sector.Slice(date, 16).Fill((byte)'0');
        sector[881] = 1;
    }

    private static void Terminator(Span<byte> sector)
    {
        sector[0] = 255;
        Identifier(sector);
    }

    private static void Identifier(Span<byte> sector)
    {
        "CD001"u8.CopyTo(sector[1..]);
        sector[6] = 1;
    }

    // One entry, the root, in both byte orders (ECMA-119 9.4).
    private static void PathTables(byte[] image, int place, int root)
    {
        var little = At(image, place);
        var big = At(image, place + 1);
        little[0] = big[0] = 1;
        BinaryPrimitives.WriteInt32LittleEndian(little[2..], root);
        BinaryPrimitives.WriteInt32BigEndian(big[2..], root);
        BinaryPrimitives.WriteInt16LittleEndian(little[6..], 1);
        BinaryPrimitives.WriteInt16BigEndian(big[6..], 1);
    }

    private static void Folder(Span<byte> sector, int self, List<IsoFile> files, int[] places, bool joliet)
    {
        var offset = Record(sector, [0], self, Sector, folder: true);
        offset += Record(sector[offset..], [1], self, Sector, folder: true);
        for (var index = 0; index < files.Count; index++)
        {
            var name = joliet ? Encoding.BigEndianUnicode.GetBytes(files[index].Name) : Encoding.ASCII.GetBytes(files[index].Name.ToUpperInvariant() + ";1");
            offset += Record(sector[offset..], name, places[index], files[index].Content.Length, folder: false);
        }
    }

    // ECMA-119 9.1; a record is of even length.
    private static int Record(Span<byte> target, ReadOnlySpan<byte> name, int place, int length, bool folder)
    {
        var size = 33 + name.Length + (name.Length % 2 == 0 ? 1 : 0);
        target[0] = (byte)size;
        Both(target[2..], place);
        Both(target[10..], length);
        // The year counts from 1900; month and day from 1.
        target[18] = 70;
        target[19] = target[20] = 1;
        target[25] = (byte)(folder ? 2 : 0);
        Both16(target[28..], 1);
        target[32] = (byte)name.Length;
        name.CopyTo(target[33..]);
        return size;
    }

    private static void Text(Span<byte> target, string text, bool joliet)
    {
        if (!joliet)
        {
            target.Fill((byte)' ');
            Encoding.ASCII.GetBytes(text, target);
            return;
        }
        for (var index = 0; index + 1 < target.Length; index += 2) BinaryPrimitives.WriteUInt16BigEndian(target[index..], index / 2 < text.Length ? text[index / 2] : ' ');
    }

    private static void Both(Span<byte> target, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(target, value);
        BinaryPrimitives.WriteInt32BigEndian(target[4..], value);
    }

    private static void Both16(Span<byte> target, short value)
    {
        BinaryPrimitives.WriteInt16LittleEndian(target, value);
        BinaryPrimitives.WriteInt16BigEndian(target[2..], value);
    }

    private static int Sectors(int bytes) => (bytes + Sector - 1) / Sector;

    private static Span<byte> At(byte[] image, int sector) => image.AsSpan(sector * Sector, Sector);
}
