namespace Rempart.Clients.Tests.Histories;

/// <summary>
/// Whether a history can be put into one order that fits both the clock and <see cref="Register"/>: Wing and Gong's search with Lowe's memory of what was
/// tried, as Porcupine does it. Objects are independent, so each is looked at by itself. An operation of unknown outcome may take effect at any time
/// after its call, or never.
/// </summary>
internal static class Linearizability
{
    /// <summary>The object whose operations fit no order; null when all do.</summary>
    public static string? Broken(IEnumerable<Operation> history) =>
        history.GroupBy(operation => operation.Key, StringComparer.Ordinal).FirstOrDefault(group => !Fits([.. group]))?.Key;

    /// <summary>Whether the operations on one object fit an order.</summary>
    public static bool Fits(IReadOnlyList<Operation> operations)
    {
        var search = new Search(operations);
        return search.Run();
    }

    private sealed class Entry
    {
        public required int Id { get; init; }

        public required long Time { get; init; }

        public required bool Returns { get; init; }

        public Entry? Match { get; set; }

        public Entry? Before { get; set; }

        public Entry? Next { get; set; }
    }

    private sealed class Search
    {
        private readonly IReadOnlyList<Operation> _operations;
        private readonly Entry _head = new() { Id = -1, Time = long.MinValue, Returns = false };
        private readonly HashSet<Place> _tried = [];
        private readonly Stack<(Entry Call, Register Before)> _taken = [];
        private readonly ulong[] _done;
        private int _waiting;

        public Search(IReadOnlyList<Operation> operations)
        {
            _operations = operations;
            _done = new ulong[(operations.Count + 63) / 64];
            var entries = new List<Entry>();
            for (var i = 0; i < operations.Count; i++)
            {
                var call = new Entry { Id = i, Time = operations[i].Called, Returns = false };
                entries.Add(call);
                if (operations[i].Outcome == Outcome.Unknown) continue;
                call.Match = new Entry { Id = i, Time = operations[i].Returned, Returns = true };
                entries.Add(call.Match);
                _waiting++;
            }

            var last = _head;
            // Of what happened at the same moment, calls come first: nothing is known to have been before anything else.
            foreach (var entry in entries.OrderBy(entry => entry.Time).ThenBy(entry => entry.Returns))
            {
                (last.Next, entry.Before) = (entry, last);
                last = entry;
            }
        }

        public bool Run()
        {
            var register = default(Register);
            var entry = _head.Next;
            while (_waiting > 0)
            {
                if (entry is null or { Returns: true })
                {
                    // Somebody has heard an outcome that nothing explains: the last choice was wrong.
                    if (!_taken.TryPop(out var last)) return false;
                    register = last.Before;
                    Put(last.Call);
                    entry = last.Call.Next;
                }
                else if (register.After(_operations[entry.Id]) is { } next && Try(entry, next))
                {
                    _taken.Push((entry, register));
                    register = next;
                    Take(entry);
                    entry = _head.Next;
                }
                else
                {
                    entry = entry.Next;
                }
            }

            return true;
        }

        private bool Try(Entry call, Register register)
        {
            var done = (ulong[])_done.Clone();
            done[call.Id / 64] |= 1UL << (call.Id % 64);
            return _tried.Add(new Place(done, register));
        }

        private void Take(Entry call)
        {
            _done[call.Id / 64] |= 1UL << (call.Id % 64);
            Unlink(call);
            if (call.Match is null) return;
            Unlink(call.Match);
            _waiting--;
        }

        private void Put(Entry call)
        {
            _done[call.Id / 64] &= ~(1UL << (call.Id % 64));
            if (call.Match is not null)
            {
                Link(call.Match);
                _waiting++;
            }

            Link(call);
        }

        private static void Unlink(Entry entry)
        {
            entry.Before!.Next = entry.Next;
            if (entry.Next is not null) entry.Next.Before = entry.Before;
        }

        private static void Link(Entry entry)
        {
            entry.Before!.Next = entry;
            if (entry.Next is not null) entry.Next.Before = entry;
        }
    }

    private readonly struct Place(ulong[] done, Register register) : IEquatable<Place>
    {
        private readonly ulong[] _done = done;
        private readonly Register _register = register;

        public bool Equals(Place other) => _register == other._register && _done.AsSpan().SequenceEqual(other._done);

        public override bool Equals(object? obj) => obj is Place other && Equals(other);

        public override int GetHashCode()
        {
            var hash = new HashCode();
            hash.Add(_register);
            foreach (var word in _done) hash.Add(word);
            return hash.ToHashCode();
        }
    }
}
