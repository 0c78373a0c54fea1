using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Rempart.Api.Client;
using Rempart.Api.Coordination;
using Rempart.Api.Meta;
using Rempart.Runtime.Controllers;

namespace Rempart.Runtime.Election;

/// <summary>
/// Leads while it holds a lease, of all who stand for it alone. That alone does not keep two from writing: a process that was frozen believes in its
/// term until it looks again. What it writes has to carry the term's token, and the server to look at it (<see cref="FencingToken"/>).
/// </summary>
/// <param name="client">Reads and writes the lease; carries no token.</param>
/// <param name="settings">Which lease, and for whom.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Told of terms.</param>
public sealed partial class LeaderElection(ApiClient client, ElectionSettings settings, TimeProvider time, ILogger<LeaderElection> logger)
{
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    /// <summary>Stands until cancelled. Each term has a token of its own; after a lost one it stands again.</summary>
    /// <param name="lead">What a leader does, until its token is cancelled. When it fails, so does this, and the lease is given back.</param>
    /// <param name="cancellationToken">Ends it: a term is ended first, and the lease given back for the next to take at once.</param>
    public async Task RunAsync(Func<FencingToken, CancellationToken, Task> lead, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(lead);
        while (true)
        {
            var lease = await AcquireAsync(cancellationToken);
            var token = new FencingToken(settings.Namespace, settings.Lease, lease.Spec!.LeaseTransitions ?? 0, lease.Spec.HolderIdentity!);
            LogLeading(settings.Lease, token.Transitions);
            ControllerMetrics.Led(settings.Lease, true);
            using var term = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var leading = Task.Run(() => lead(token, term.Token), CancellationToken.None);
            var renewing = RenewAsync(lease, term.Token);
            await Task.WhenAny(leading, renewing);
            await term.CancelAsync();
            await Task.WhenAll(leading, renewing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ControllerMetrics.Led(settings.Lease, false);
            var isLost = renewing.IsCompletedSuccessfully && !leading.IsFaulted;
            if (cancellationToken.IsCancellationRequested || !isLost)
            {
                await ReleaseAsync(token);
                await leading;
                cancellationToken.ThrowIfCancellationRequested();
                throw new UnreachableException("a leader has ended by itself");
            }

            LogLost(settings.Lease, token.Transitions);
        }
    }

    private async Task<Lease> AcquireAsync(CancellationToken cancellationToken)
    {
        // Another one each time: a term is told by its holder as well, whatever became of the lease in between.
        var identity = $"{settings.Candidate}_{Guid.NewGuid():N}";
        var seen = default(Observation);
        while (true)
        {
            try
            {
                var lease = await client.FindAsync<Lease>(settings.Namespace, settings.Lease, cancellationToken);
                seen = seen.With(lease?.Spec, time.GetTimestamp());
                if (lease is null) return await client.CreateAsync(new Lease { Metadata = new() { Namespace = settings.Namespace, Name = settings.Lease }, Spec = Taken(identity, 0) }, cancellationToken);
                // Taken by a write whose answer was lost.
                if (lease.Spec?.HolderIdentity == identity) return lease;
                if (settings.Alone || !seen.IsHeld(time)) return await client.UpdateAsync(lease with { Spec = Taken(identity, (lease.Spec?.LeaseTransitions ?? 0) + 1) }, cancellationToken);
            }
            catch (ApiException failure)
            {
                // Another was faster, or the server can't answer now: whether it was taken after all is seen by the next look.
                if (failure.Code != 409) LogFailure(settings.Lease, failure.Message);
            }

            await Task.Delay(settings.Retry + (settings.Retry * (Random.Shared.Next(1000) / 5000.0)), time, cancellationToken);
        }
    }

    /// <summary>Ends when the lease is another's, or could not be renewed in time.</summary>
    private async Task RenewAsync(Lease lease, CancellationToken cancellationToken)
    {
        var renewed = time.GetTimestamp();
        while (true)
        {
            await Task.Delay(settings.Retry, time, cancellationToken);
            var left = settings.RenewDeadline - time.GetElapsedTime(renewed);
            if (left <= TimeSpan.Zero) return;
            using var deadline = new CancellationTokenSource(left, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            var began = time.GetTimestamp();
            try
            {
                lease = await client.UpdateAsync(lease with { Spec = lease.Spec! with { RenewTime = new MicroTime(time.GetUtcNow()) } }, either.Token);
                // Others count from when it was written, which may be as early as this.
                renewed = began;
            }
            catch (ApiException failure)
            {
                if (failure.Code is not (404 or 409)) LogFailure(settings.Lease, failure.Message);
                else if (await MineAsync(lease, cancellationToken) is { } mine) lease = mine;
                else return;
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    // A renewal whose answer was lost has another version and is ours. Null when the lease is another's or gone.
    private async Task<Lease?> MineAsync(Lease mine, CancellationToken cancellationToken)
    {
        try
        {
            var now = await client.FindAsync<Lease>(settings.Namespace, settings.Lease, cancellationToken);
            return now?.Spec?.HolderIdentity == mine.Spec!.HolderIdentity ? now : null;
        }
        catch (ApiException)
        {
            return mine;
        }
    }

    private async Task ReleaseAsync(FencingToken token)
    {
        using var limit = new CancellationTokenSource(Farewell, time);
        try
        {
            if (await client.FindAsync<Lease>(settings.Namespace, settings.Lease, limit.Token) is not { } lease || lease.Spec?.HolderIdentity != token.Holder) return;
            var now = new MicroTime(time.GetUtcNow());
            await client.UpdateAsync(lease with { Spec = new LeaseSpec { LeaseDurationSeconds = 1, LeaseTransitions = token.Transitions, AcquireTime = now, RenewTime = now } }, limit.Token);
            LogReleased(settings.Lease);
        }
        catch (Exception late) when (late is ApiException or OperationCanceledException)
        {
            // Then it lapses by itself.
            LogFailure(settings.Lease, late.Message);
        }
    }

    private LeaseSpec Taken(string identity, int transitions)
    {
        var now = new MicroTime(time.GetUtcNow());
        return new LeaseSpec { HolderIdentity = identity, LeaseDurationSeconds = (int)settings.Duration.TotalSeconds, LeaseTransitions = transitions, AcquireTime = now, RenewTime = now };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "leads {Lease}, term {Term}")]
    private partial void LogLeading(string lease, int term);

    [LoggerMessage(Level = LogLevel.Warning, Message = "leads {Lease} no more, term {Term} is over; stands again")]
    private partial void LogLost(string lease, int term);

    [LoggerMessage(Level = LogLevel.Information, Message = "has given {Lease} back")]
    private partial void LogReleased(string lease);

    [LoggerMessage(Level = LogLevel.Warning, Message = "the lease {Lease} could not be looked at or written, trying again: {Failure}")]
    private partial void LogFailure(string lease, string failure);
}
