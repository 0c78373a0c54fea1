using System.Net;

namespace Rempart.Node.Names;

/// <summary>
/// How much one guest may ask: so many questions a second, so many passed on or connected at once. Addresses are those of a
/// network's ports (port security), so there are no more entries than its subnet has addresses.
/// </summary>
internal sealed class QueryLimit(TimeProvider time)
{
    private const int MostASecond = 200;
    private const int MostAtOnce = 16;
    private readonly Lock _gate = new();
    private readonly Dictionary<IPAddress, int> _asked = [];
    private readonly Dictionary<IPAddress, int> _working = [];
    private long _second;

    /// <summary>Counts a question; false when it is one too many.</summary>
    internal bool Ask(IPAddress guest)
    {
        lock (_gate)
        {
            var second = time.GetTimestamp() / time.TimestampFrequency;
            if (second != _second) _asked.Clear();
            _second = second;
            var count = _asked.GetValueOrDefault(guest);
            if (count >= MostASecond) return false;
            _asked[guest] = count + 1;
            return true;
        }
    }

    /// <summary>Takes one of the guest's places; false when it has none left. <see cref="Leave"/> gives it back.</summary>
    internal bool Enter(IPAddress guest)
    {
        lock (_gate)
        {
            var count = _working.GetValueOrDefault(guest);
            if (count >= MostAtOnce) return false;
            _working[guest] = count + 1;
            return true;
        }
    }

    internal void Leave(IPAddress guest)
    {
        lock (_gate)
        {
            var left = _working.GetValueOrDefault(guest) - 1;
            if (left > 0) _working[guest] = left;
            else _working.Remove(guest);
        }
    }
}
