using System.Text;
using Rempart.Protocols.Grpc;
using Rempart.Protocols.Protobuf;

namespace Rempart.Protocols.Etcd;

/// <summary>The messages of etcd's v3 protocol that are used here; the numbers are those of its rpc.proto and kv.proto.</summary>
internal static class EtcdCodec
{
    /// <summary>Compare.target MOD.</summary>
    private const int TargetModRevision = 2;

    /// <summary>Event.type DELETE.</summary>
    private const int EventDelete = 1;

    public static ReadOnlyMemory<byte> Range(EtcdRange range)
    {
        var message = GrpcFrame.NewMessage(256);
        Write(message, range);
        return GrpcFrame.Complete(message);
    }

    public static ReadOnlyMemory<byte> Transaction(EtcdTransaction transaction)
    {
        var message = GrpcFrame.NewMessage(1024 + transaction.Success.Sum(operation => operation.PutValue.Length + 512));
        foreach (var condition in transaction.Conditions)
        {
            var compare = message.Begin(1);
            message.Number(2, TargetModRevision);
            message.Text(3, condition.Key);
            message.Choice(6, condition.ModRevision);
            message.End(compare);
        }

        foreach (var operation in transaction.Success) Write(message, 2, operation);
        foreach (var operation in transaction.Failure) Write(message, 3, operation);
        return GrpcFrame.Complete(message);
    }

    public static ReadOnlyMemory<byte> Compaction(long revision)
    {
        var message = GrpcFrame.NewMessage(16);
        message.Number(1, revision);
        message.Flag(2, value: true);
        return GrpcFrame.Complete(message);
    }

    /// <summary>A watch with what deleted keys were, and with large answers in parts.</summary>
    public static ReadOnlyMemory<byte> Watch(EtcdRange range)
    {
        var message = GrpcFrame.NewMessage(256);
        var create = message.Begin(1);
        message.Text(1, range.Key);
        message.Text(2, range.End ?? "");
        message.Number(3, range.Revision);
        message.Flag(6, value: true);
        message.Flag(8, value: true);
        message.End(create);
        return GrpcFrame.Complete(message);
    }

    /// <summary>A LeaseGrantRequest's TTL in seconds, or the id of a request to keep or revoke one: each is field 1.</summary>
    public static ReadOnlyMemory<byte> Lease(long number)
    {
        var message = GrpcFrame.NewMessage(16);
        message.Number(1, number);
        return GrpcFrame.Complete(message);
    }

    /// <summary>Id and remaining seconds of a lease.</summary>
    public static (long Id, long Seconds) ReadLease(ReadOnlySpan<byte> message)
    {
        var (id, seconds) = (0L, 0L);
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 2: id = reader.Number(); break;
                case 3: seconds = reader.Number(); break;
            }
        }

        return (id, seconds);
    }

    public static ReadOnlyMemory<byte> Empty() => GrpcFrame.Complete(GrpcFrame.NewMessage(0));

    public static EtcdRangeResult ReadRange(ReadOnlySpan<byte> message)
    {
        var entries = new List<EtcdKeyValue>();
        var (header, count) = (default(EtcdHeader), 0L);
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1: header = ReadHeader(reader.Data()); break;
                case 2: entries.Add(ReadKeyValue(reader.Data())); break;
                case 4: count = reader.Number(); break;
            }
        }

        return new EtcdRangeResult(entries, count, header);
    }

    public static EtcdTransactionResult ReadTransaction(ReadOnlySpan<byte> message)
    {
        var ranges = new List<EtcdRangeResult>();
        var (header, succeeded) = (default(EtcdHeader), false);
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1: header = ReadHeader(reader.Data()); break;
                case 2: succeeded = reader.Flag(); break;
                case 3:
                    for (var response = new ProtoReader(reader.Data()); response.Next();)
                    {
                        if (response.Field == 1) ranges.Add(ReadRange(response.Data()));
                    }

                    break;
            }
        }

        // Within a transaction etcd leaves the inner headers empty.
        return new EtcdTransactionResult(succeeded, [.. ranges.Select(range => range with { Header = header })], header);
    }

    public static EtcdHeader ReadOnlyHeader(ReadOnlySpan<byte> message)
    {
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            if (reader.Field == 1) return ReadHeader(reader.Data());
        }

        return default;
    }

    public static EtcdMember ReadStatus(ReadOnlySpan<byte> message)
    {
        var member = new EtcdMember(default, "", 0, 0, 0);
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            member = reader.Field switch
            {
                1 => member with { Header = ReadHeader(reader.Data()) },
                2 => member with { Version = reader.Text() },
                3 => member with { DatabaseBytes = reader.Number() },
                4 => member with { Leader = (ulong)reader.Number() },
                9 => member with { UsedBytes = reader.Number() },
                _ => member,
            };
        }

        return member;
    }

    public static EtcdWatchPart ReadWatch(ReadOnlySpan<byte> message)
    {
        var events = new List<EtcdEvent>();
        var (header, fragment, canceled, compacted, reason) = (default(EtcdHeader), false, false, 0L, "");
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1: header = ReadHeader(reader.Data()); break;
                case 4: canceled = reader.Flag(); break;
                case 5: compacted = reader.Number(); break;
                case 6: reason = reader.Text(); break;
                case 7: fragment = reader.Flag(); break;
                case 11: events.Add(ReadEvent(reader.Data())); break;
            }
        }

        return new EtcdWatchPart(header, events, fragment, canceled ? reason : null, compacted);
    }

    private static EtcdHeader ReadHeader(ReadOnlySpan<byte> message)
    {
        var (cluster, member, revision) = (0UL, 0UL, 0L);
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1: cluster = (ulong)reader.Number(); break;
                case 2: member = (ulong)reader.Number(); break;
                case 3: revision = reader.Number(); break;
            }
        }

        return new EtcdHeader(cluster, member, revision);
    }

    private static EtcdKeyValue ReadKeyValue(ReadOnlySpan<byte> message)
    {
        var (key, created, modified, value) = ("", 0L, 0L, Array.Empty<byte>());
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1: key = Encoding.Latin1.GetString(reader.Data()); break;
                case 2: created = reader.Number(); break;
                case 3: modified = reader.Number(); break;
                case 5: value = reader.Data().ToArray(); break;
            }
        }

        return new EtcdKeyValue(key, value, created, modified);
    }

    private static EtcdEvent ReadEvent(ReadOnlySpan<byte> message)
    {
        var (isDelete, current) = (false, default(EtcdKeyValue));
        ReadOnlySpan<byte> previous = [];
        for (var reader = new ProtoReader(message); reader.Next();)
        {
            switch (reader.Field)
            {
                case 1: isDelete = reader.Number() == EventDelete; break;
                case 2: current = ReadKeyValue(reader.Data()); break;
                case 3: previous = reader.Data(); break;
            }
        }

        if (current is null) throw new ProtoFormatException("an event has no key");
        return new EtcdEvent(current, isDelete, isDelete && !previous.IsEmpty ? ReadKeyValue(previous) : null);
    }

    private static void Write(ProtoWriter message, EtcdRange range)
    {
        message.Text(1, range.Key);
        message.Text(2, range.End ?? "");
        message.Number(3, range.Limit);
        message.Number(4, range.Revision);
        message.Flag(8, range.KeysOnly);
    }

    private static void Write(ProtoWriter message, int field, EtcdOperation operation)
    {
        var outer = message.Begin(field);
        if (operation.Range is { } range)
        {
            var inner = message.Begin(1);
            Write(message, range);
            message.End(inner);
        }
        else if (operation.PutKey is { } put)
        {
            var inner = message.Begin(2);
            message.Text(1, put);
            message.Data(2, operation.PutValue.Span);
            message.Number(3, operation.PutLease);
            message.End(inner);
        }
        else
        {
            var inner = message.Begin(3);
            message.Text(1, operation.DeleteKey!);
            message.End(inner);
        }

        message.End(outer);
    }
}
