using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Rempart.ApiServer.Flow;

/// <summary>
/// Counts connections: before the handshake by their address, behind it by the name in the certificate that they showed. What is too
/// many is closed without an answer: nobody owes a handshake to a flood.
/// </summary>
internal sealed class ConnectionLimit(ConnectionBounds bounds)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _unknown = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _known = new(StringComparer.Ordinal);
    private int _unknowns;
    private int _all;

    /// <summary>Goes before TLS.</summary>
    public ConnectionDelegate Accept(ConnectionDelegate next) => async connection =>
    {
        var place = new Place(FlowClassifier.Address((connection.RemoteEndPoint as IPEndPoint)?.Address));
        if (!Enter(place))
        {
            connection.Abort(new ConnectionAbortedException("too many connections"));
            return;
        }

        connection.Items[this] = place;
        try
        {
            await next(connection);
        }
        finally
        {
            Leave(place);
        }
    };

    /// <summary>Goes behind TLS.</summary>
    public ConnectionDelegate Recognize(ConnectionDelegate next) => connection =>
    {
        if (connection.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is { } certificate
            && connection.Items.TryGetValue(this, out var item) && item is Place place && !Know(place, certificate.Subject))
        {
            connection.Abort(new ConnectionAbortedException("too many connections of this name"));
            return Task.CompletedTask;
        }

        return next(connection);
    };

    private bool Enter(Place place)
    {
        lock (_gate)
        {
            var same = _unknown.GetValueOrDefault(place.Key);
            if (_all >= bounds.All || _unknowns >= bounds.Unknown || same >= bounds.UnknownOfAddress) return false;
            _all++;
            _unknowns++;
            _unknown[place.Key] = same + 1;
            return true;
        }
    }

    private bool Know(Place place, string name)
    {
        lock (_gate)
        {
            var same = _known.GetValueOrDefault(name);
            if (same >= bounds.OfName) return false;
            Subtract(_unknown, place.Key);
            _unknowns--;
            _known[name] = same + 1;
            (place.Known, place.Key) = (true, name);
            return true;
        }
    }

    private void Leave(Place place)
    {
        lock (_gate)
        {
            _all--;
            if (!place.Known) _unknowns--;
            Subtract(place.Known ? _known : _unknown, place.Key);
        }
    }

    private static void Subtract(Dictionary<string, int> table, string key)
    {
        if (--table[key] == 0) table.Remove(key);
    }

    private sealed class Place(string address)
    {
        public string Key { get; set; } = address;

        public bool Known { get; set; }
    }
}
