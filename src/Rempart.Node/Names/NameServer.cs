using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace Rempart.Node.Names;

/// <summary>
/// Answers the names of all networks of this host, each from its own project's. It follows the agent's file: networks that are not
/// changed are served without a break, and without the agent too.
/// </summary>
internal sealed partial class NameServer(string file, IPEndPoint forwarder, TimeProvider time, ILogger<NameServer> logger)
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(250);
    private readonly Dictionary<string, NameListener> _listeners = new(StringComparer.Ordinal);
    private DateTime _written;
    private NameFile _known = NameFile.Empty;
    private Dictionary<string, NameZone> _zones = new(StringComparer.Ordinal);

    /// <summary>Serves until cancelled.</summary>
    internal async Task RunAsync(CancellationToken cancellation)
    {
        var upstream = new NameUpstream(forwarder, time);
        using var timer = new PeriodicTimer(_pause, time);
        try
        {
            do
            {
                Learn();
                await FollowAsync(upstream);
            }
            while (await timer.WaitForNextTickAsync(cancellation));
        }
        finally
        {
            foreach (var listener in _listeners.Values) await listener.DisposeAsync();
            _listeners.Clear();
        }
    }

    private void Learn()
    {
        var written = File.GetLastWriteTimeUtc(file);
        if (written == _written || !File.Exists(file)) return;
        try
        {
            _known = NameFile.Read(file);
            _zones = _known.Projects.ToDictionary(p => p.Name, p => new NameZone(_known.Zone, p), StringComparer.Ordinal);
            LogLearnt(_known.Networks.Count, _known.Projects.Count);
        }
        catch (Exception exception) when (exception is IOException or JsonException or ArgumentException)
        {
            LogUnreadable(file, exception.Message); // what was known before holds
        }
        _written = written;
    }

    private async Task FollowAsync(NameUpstream upstream)
    {
        var wanted = _known.Networks.Where(n => _zones.ContainsKey(n.Project)).DistinctBy(n => n.Link, StringComparer.Ordinal).ToDictionary(n => n.Link, StringComparer.Ordinal);
        foreach (var (link, listener) in _listeners.ToList())
        {
            if (listener.Running.IsFaulted) await listener.Running; // a surprise ends the process; whoever keeps it running starts it anew
            if (!listener.Running.IsCompleted && wanted.TryGetValue(link, out var network) && network == listener.Network) continue;
            await listener.DisposeAsync();
            _listeners.Remove(link);
        }
        foreach (var (link, network) in wanted)
        {
            if (_listeners.TryGetValue(link, out var listener))
            {
                listener.Know(_zones[network.Project]);
                continue;
            }
            try
            {
                _listeners[link] = new NameListener(network, _zones[network.Project], upstream, time);
                LogServing(link, network.Address, network.Project);
            }
            catch (SocketException exception)
            {
                LogNotYet(link, network.Address, exception.Message); // tried again at the next tick
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "names of {Projects} projects for {Networks} networks")]
    private partial void LogLearnt(int networks, int projects);

    [LoggerMessage(Level = LogLevel.Error, Message = "names in {File} are kept as they were: {Problem}")]
    private partial void LogUnreadable(string file, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "link {Link}, address {Address}: names of project {Project}")]
    private partial void LogServing(string link, string address, string project);

    [LoggerMessage(Level = LogLevel.Warning, Message = "link {Link}, address {Address} can't be served yet: {Problem}")]
    private partial void LogNotYet(string link, string address, string problem);
}
