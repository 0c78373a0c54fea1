using System.Security.Cryptography;
using System.Text;
using Rempart.Protocols.Etcd;

namespace Rempart.Store.Etcd;

/// <summary>Tells in etcd that a server uses the store, by a key that goes away with the server: what wants the store for itself looks for it.</summary>
internal sealed class EtcdPresence : IAsyncDisposable
{
    /// <summary>Seconds that the key stays without its server.</summary>
    private const int Seconds = 15;
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    private readonly EtcdClient _client;
    private readonly EtcdLayout _layout;
    private readonly string _key;
    private readonly byte[] _name;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private long _lease;
    private Task _loop = Task.CompletedTask;

    private EtcdPresence(EtcdClient client, EtcdLayout layout, string name, TimeProvider time)
    {
        (_client, _layout, _time) = (client, layout, time);
        _key = layout.Servers.Key + RandomNumberGenerator.GetHexString(16, lowercase: true);
        _name = Encoding.UTF8.GetBytes(name);
    }

    /// <exception cref="StoreUnavailableException">The store was taken out of use meanwhile.</exception>
    public static async Task<EtcdPresence> StartAsync(EtcdClient client, EtcdLayout layout, string name, TimeProvider time, CancellationToken cancellationToken)
    {
        var presence = new EtcdPresence(client, layout, name, time);
        if (!await presence.TellAsync(cancellationToken)) throw EtcdFailures.OutOfUse("it is being moved");
        presence._loop = Task.Run(presence.RunAsync, CancellationToken.None);
        return presence;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1), _time);
            await _client.RevokeAsync(_lease, limit.Token);
        }
        catch (Exception failure) when (failure is EtcdException or OperationCanceledException)
        {
            // It runs out by itself.
        }
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(_interval, _time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                // Whether it could be told again does not matter here: a store that was taken out of use refuses every write by itself.
                if (!await _client.KeepAliveAsync(_lease, _stop.Token)) await TellAsync(_stop.Token);
            }
            catch (Exception failure) when (failure is EtcdException or OperationCanceledException)
            {
                // Tried again at the next turn.
            }
        }
    }

    private async Task<bool> TellAsync(CancellationToken cancellationToken)
    {
        _lease = await _client.GrantAsync(Seconds, cancellationToken);
        var told = await _client.TransactAsync(new EtcdTransaction([new EtcdCompare(_layout.Closed, 0)], [EtcdOperation.Put(_key, _name, _lease)], []), cancellationToken);
        return told.Succeeded;
    }
}
