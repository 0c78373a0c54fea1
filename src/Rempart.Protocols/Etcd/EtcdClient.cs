using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Rempart.Protocols.Grpc;

namespace Rempart.Protocols.Etcd;

/// <summary>
/// A client of an etcd cluster, v3 protocol. Works with one member and goes on to the next when that fails: reads are asked again,
/// writes only when it is known that nothing was done.
/// </summary>
public sealed class EtcdClient : IDisposable
{
    /// <summary>Most bytes of an answer, unless a caller says otherwise.</summary>
    public const int AnswerBytes = 80 * 1024 * 1024;

    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _quiet = TimeSpan.FromSeconds(10);
    private readonly long?[] _told;
    private readonly EtcdClientOptions _options;
    private readonly GrpcChannel[] _members;
    private int _current;

    /// <summary>Prepares calls; connects with the first of them.</summary>
    public EtcdClient(EtcdClientOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Endpoints.Count is 0 or > 16) throw new ArgumentException("an etcd cluster is reached at 1 to 16 endpoints", nameof(options));
        _options = options;
        var channel = new GrpcChannelOptions
        {
            Authorities = options.Authorities,
            Certificate = options.Certificate,
            // A member that lost its leader says so at once, and ends its watches, instead of letting us wait.
            Headers = [new("hasleader", "true")],
        };
        _members = [.. options.Endpoints.Select(endpoint => new GrpcChannel(endpoint, channel))];
        _told = new long?[_members.Length];
        // Several servers spread over the members.
        _current = RandomNumberGenerator.GetInt32(_members.Length);
    }

    /// <summary>Whom it works with now.</summary>
    public Uri Current => _members[Volatile.Read(ref _current)].Address;

    /// <summary>Reads keys, linearizably.</summary>
    /// <param name="range">Which.</param>
    /// <param name="limit">Most bytes of the answer.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="EtcdException">It failed.</exception>
    public Task<EtcdRangeResult> RangeAsync(EtcdRange range, int limit, CancellationToken cancellationToken) =>
        ReadAsync("etcdserverpb.KV/Range", EtcdCodec.Range(range), limit, EtcdCodec.ReadRange, cancellationToken);

    /// <summary>Reads several ranges as of one moment, linearizably.</summary>
    public Task<EtcdTransactionResult> RangesAsync(IReadOnlyList<EtcdRange> ranges, int limit, CancellationToken cancellationToken) =>
        ReadAsync("etcdserverpb.KV/Txn", EtcdCodec.Transaction(new EtcdTransaction([], [.. ranges.Select(EtcdOperation.Read)], [])), limit, EtcdCodec.ReadTransaction, cancellationToken);

    /// <summary>Writes. Cancellation is heeded as long as nothing was sent.</summary>
    /// <exception cref="EtcdException">It failed; <see cref="EtcdException.IsOutcomeUnknown"/> says whether it may have been done.</exception>
    public Task<EtcdTransactionResult> TransactAsync(EtcdTransaction transaction, CancellationToken cancellationToken) =>
        CallAsync("etcdserverpb.KV/Txn", EtcdCodec.Transaction(transaction), AnswerBytes, EtcdCodec.ReadTransaction, writeTimeout: _options.CallTimeout, cancellationToken);

    /// <summary>Forgets history below a revision and returns when the space is free. May be asked twice.</summary>
    public Task CompactAsync(long revision, TimeSpan timeout, CancellationToken cancellationToken) =>
        CallAsync("etcdserverpb.KV/Compact", EtcdCodec.Compaction(revision), AnswerBytes, EtcdCodec.ReadOnlyHeader, writeTimeout: timeout, cancellationToken);

    /// <summary>Asks for a lease: keys written with it go away when it is not kept alive for so many seconds. Returns its id.</summary>
    public async Task<long> GrantAsync(int seconds, CancellationToken cancellationToken) =>
        (await ReadAsync("etcdserverpb.Lease/LeaseGrant", EtcdCodec.Lease(seconds), AnswerBytes, EtcdCodec.ReadLease, cancellationToken)).Id;

    /// <summary>Keeps a lease for another period; false if it is gone. Etcd's stream of such requests ends after the one.</summary>
    public async Task<bool> KeepAliveAsync(long lease, CancellationToken cancellationToken) =>
        (await ReadAsync("etcdserverpb.Lease/LeaseKeepAlive", EtcdCodec.Lease(lease), AnswerBytes, EtcdCodec.ReadLease, cancellationToken)).Seconds > 0;

    /// <summary>Gives a lease up, with its keys.</summary>
    public Task RevokeAsync(long lease, CancellationToken cancellationToken) =>
        ReadAsync("etcdserverpb.Lease/LeaseRevoke", EtcdCodec.Lease(lease), AnswerBytes, EtcdCodec.ReadOnlyHeader, cancellationToken);

    /// <summary>What each member says of itself; null for those that don't answer.</summary>
    public async Task<IReadOnlyList<(Uri Endpoint, EtcdMember? Member)>> StatusAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(_members.Select(async member =>
        {
            try
            {
                return (member.Address, (EtcdMember?)await member.CallAsync("etcdserverpb.Maintenance/Status", EtcdCodec.Empty(), AnswerBytes, EtcdCodec.ReadStatus, _options.AttemptTimeout, cancellationToken));
            }
            catch (GrpcException)
            {
                return (member.Address, null);
            }
        }));

    /// <summary>
    /// Follows the changes of a range from its <see cref="EtcdRange.Revision"/> on, with one member until that fails or ends it; the
    /// caller begins again after the last revision it has whole.
    /// </summary>
    /// <exception cref="EtcdException">It failed, or the start is compacted.</exception>
    public async IAsyncEnumerable<EtcdWatchPart> WatchAsync(EtcdRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var at = Volatile.Read(ref _current);
        await using var parts = _members[at]
            .StreamAsync("etcdserverpb.Watch/Watch", EtcdCodec.Watch(range), AnswerBytes, EtcdCodec.ReadWatch, _options.AttemptTimeout, cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await parts.MoveNextAsync()) throw new GrpcException(GrpcStatus.Unavailable, $"`{_members[at].Address}` ended the watch", inner: null);
            }
            catch (GrpcException failure)
            {
                Leave(at, failure.Message);
                throw EtcdErrors.Translate(failure, isWrite: false);
            }

            var part = parts.Current;
            if (part.CompactRevision > 0) throw new EtcdException(EtcdFailure.Compacted, $"revision {range.Revision} is compacted", inner: null) { CompactRevision = part.CompactRevision };
            if (part.Canceled is { } reason)
            {
                Leave(at, reason);
                throw new EtcdException(EtcdFailure.Unavailable, $"`{_members[at].Address}` ended the watch: {reason}", inner: null);
            }

            yield return part;
        }
    }

    /// <summary>Goes on with another member, when the one in use answers but tells nothing new.</summary>
    public void LeaveCurrent(string why) => Leave(Volatile.Read(ref _current), why);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var member in _members) member.Dispose();
    }

    private Task<T> ReadAsync<T>(string method, ReadOnlyMemory<byte> request, int limit, GrpcParser<T> parse, CancellationToken cancellationToken) =>
        CallAsync(method, request, limit, parse, writeTimeout: null, cancellationToken);

    private async Task<T> CallAsync<T>(
        string method, ReadOnlyMemory<byte> request, int limit, GrpcParser<T> parse, TimeSpan? writeTimeout, CancellationToken cancellationToken)
    {
        var (began, isWrite) = (_options.Time.GetTimestamp(), writeTimeout is not null);
        for (var attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var at = Volatile.Read(ref _current);
            try
            {
                // A write that was sent is waited for: nobody could say what became of it otherwise.
                return writeTimeout is { } timeout
                    ? await _members[at].CallAsync(method, request, limit, parse, timeout, CancellationToken.None)
                    : await _members[at].CallAsync(method, request, limit, parse, _options.AttemptTimeout, cancellationToken);
            }
            catch (GrpcException failure)
            {
                var mayRetry = EtcdErrors.IsTransient(failure) && (!isWrite || EtcdErrors.IsUndone(failure));
                if (EtcdErrors.IsTransient(failure)) Leave(at, failure.Message);
                var pause = attempt % _members.Length == 0 ? _pause : TimeSpan.Zero;
                if (!mayRetry || _options.Time.GetElapsedTime(began) + pause >= _options.RetryTimeout) throw EtcdErrors.Translate(failure, isWrite);
                // Only when each member was asked: an election takes a second or two.
                await Task.Delay(pause, _options.Time, cancellationToken);
            }
            catch (ObjectDisposedException closed)
            {
                throw new EtcdException(EtcdFailure.Unavailable, "the client of etcd is closed", closed) { IsOutcomeUnknown = isWrite };
            }
        }
    }

    private void Leave(int at, string why)
    {
        if (Interlocked.CompareExchange(ref _current, (at + 1) % _members.Length, at) != at) return;
        lock (_told)
        {
            // While all of them are away each is left many times a second.
            if (_told[at] is { } last && _options.Time.GetElapsedTime(last) < _quiet) return;
            _told[at] = _options.Time.GetTimestamp();
        }

        _options.Left?.Invoke(_members[at].Address, why);
    }
}
