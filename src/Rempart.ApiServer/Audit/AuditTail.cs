using Rempart.Api.Audit;

namespace Rempart.ApiServer.Audit;

/// <summary>Where a trail stands when a server starts: read from its last file.</summary>
internal sealed record AuditTail
{
    /// <summary>Number of the last file, from 1.</summary>
    public required int File { get; init; }

    /// <summary>Bytes of whole records in that file.</summary>
    public required long Length { get; init; }

    /// <summary>Whether the last whole record lacks its line feed: the last thing a crash cut off.</summary>
    public bool IsUnended { get; init; }

    /// <summary>Sequence number of the last whole record; 0 in an empty trail.</summary>
    public required long Sequence { get; init; }

    public required string Head { get; init; }

    public required OpenIntents Open { get; init; }

    /// <summary>What follows the last whole record: the end of a group that was being written at a crash and was never acknowledged.</summary>
    public required byte[] Torn { get; init; }

    /// <summary>Reads the end of a trail.</summary>
    /// <exception cref="AuditCorruptException">There are whole records behind one that is not, or the last file doesn't follow the one before.</exception>
    public static AuditTail Read(string folder)
    {
        var files = AuditFolder.Files(folder);
        var (sequence, head) = (0L, AuditLine.Genesis);
        if (files.Count == 0)
        {
            return new AuditTail { File = 1, Length = 0, Sequence = 0, Head = head, Open = new OpenIntents(), Torn = [] };
        }

        var last = files[^1];
        var open = new OpenIntents();
        long length = 0;
        using var torn = new MemoryStream();
        foreach (var bytes in AuditFolder.LinesAndRest(last))
        {
            if (!AuditLine.TryRead(bytes.Span, out var line))
            {
                torn.Write(bytes.Span);
                torn.WriteByte((byte)'\n');
                continue;
            }

            if (torn.Length > 0)
            {
                throw Corrupt(last, $"record {line.Sequence} follows a record that is not whole");
            }

            if (length == 0)
            {
                (sequence, head) = Before(files, line);
                Carry(open, files, line.Record.Open ?? []);
            }

            if (line.Sequence != sequence + 1 || line.Previous != head)
            {
                throw Corrupt(last, $"record {line.Sequence} does not follow record {sequence}");
            }

            open.Add(line);
            (sequence, head) = (line.Sequence, line.Hash);
            length += bytes.Length + 1;
        }

        if (length == 0)
        {
            (sequence, head, open) = EndOf(files, files.Count - 2);
        }

        return Whole(last, length, sequence, head, open, torn);
    }

    private static AuditTail Whole(string last, long length, long sequence, string head, OpenIntents open, MemoryStream torn)
    {
        var size = new FileInfo(last).Length;
        return new AuditTail { File = AuditFolder.Number(last), Length = Math.Min(length, size), IsUnended = length > size, Sequence = sequence, Head = head, Open = open, Torn = torn.ToArray() };
    }

    /// <summary>What the first record of the last file must follow: the last record of the file before.</summary>
    private static (long Sequence, string Head) Before(IReadOnlyList<string> files, AuditLine first)
    {
        if (files.Count == 1)
        {
            // Earlier files may have been archived; the verifier is who needs them.
            return first.Sequence == 1 ? (0, AuditLine.Genesis) : (first.Sequence - 1, first.Previous);
        }

        var (sequence, head, _) = EndOf(files, files.Count - 2);
        return (sequence, head);
    }

    /// <summary>The end of an earlier file, which is always whole.</summary>
    private static (long Sequence, string Head, OpenIntents Open) EndOf(IReadOnlyList<string> files, int index)
    {
        var (sequence, head, open) = (0L, AuditLine.Genesis, new OpenIntents());
        if (index < 0)
        {
            return (sequence, head, open);
        }

        foreach (var bytes in AuditFolder.Lines(files[index]))
        {
            if (!AuditLine.TryRead(bytes.Span, out var line))
            {
                throw Corrupt(files[index], $"the record behind record {sequence} is not whole");
            }

            if (sequence == 0)
            {
                Carry(open, files.Take(index + 1).ToList(), line.Record.Open ?? []);
            }

            open.Add(line);
            (sequence, head) = (line.Sequence, line.Hash);
        }

        return (sequence, head, open);
    }

    /// <summary>Finds the intents that an earlier file left open, newest file first.</summary>
    private static void Carry(OpenIntents open, IReadOnlyList<string> files, IReadOnlyList<long> sequences)
    {
        var wanted = sequences.ToHashSet();
        var found = new List<AuditLine>();
        for (var i = files.Count - 2; i >= 0 && wanted.Count > 0; i--)
        {
            foreach (var bytes in AuditFolder.Lines(files[i]))
            {
                if (AuditLine.TryRead(bytes.Span, out var line) && wanted.Remove(line.Sequence))
                {
                    found.Add(line);
                }
            }
        }

        foreach (var line in found.OrderBy(line => line.Sequence))
        {
            open.Add(line);
        }
    }

    private static AuditCorruptException Corrupt(string file, string what) => new(
        $"the audit trail in `{file}` was changed ({what}): run `rempart audit verify --offline` as root, keep the folder as evidence and move it away; the server begins another one then");
}
