using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Rempart.Api.Audit;
using Rempart.Api.Client;
using Rempart.Api.Meta;

namespace Rempart.Node.Witness;

/// <summary>
/// Asks the server every few seconds how far its audit trail is and keeps the answers where the server's user can't reach them, so
/// that a trail forged later, even with the server's own keys, contradicts them.
/// </summary>
internal sealed partial class AuditWitness(ApiClient client, WitnessFolder folder, TimeProvider time, ILogger logger)
{
    /// <summary>What is kept grows with what the server says: a checkpoint and a key are less than 1 KiB.</summary>
    private const int MaxAnswerBytes = 4096;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ThinInterval = TimeSpan.FromDays(1);

    private AuditCheckpoint? _last = folder.Read() is [.., var last] ? last.Checkpoint : null;
    private DateTimeOffset _thinned;

    /// <summary>Called once for each kind of contradiction, with a sentence for people.</summary>
    public Action<WitnessVerdict, string> Contradicted { get; init; } = (_, _) => { };

    /// <summary>Looks until cancelled; a server that can't be reached or answers nonsense is asked again.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var told = new HashSet<WitnessVerdict>();
        while (true)
        {
            try
            {
                Thin();
                var verdict = await LookAsync(cancellationToken);
                if (verdict is not (WitnessVerdict.Known or WitnessVerdict.Keep or null) && told.Add(verdict.Value)) Tell(verdict.Value);
            }
            catch (Exception failure) when (failure is ApiException or JsonException or CryptographicException or IOException)
            {
                LogFailure(failure.Message);
            }
            await Task.Delay(Interval, time, cancellationToken);
        }
    }

    /// <summary>Asks once. Null when the server has no checkpoint yet.</summary>
    internal async Task<WitnessVerdict?> LookAsync(CancellationToken cancellationToken)
    {
        var answer = await client.GetBytesAsync("/audit/checkpoints/latest", MaxAnswerBytes, cancellationToken);
        var latest = AuditCheckpointAnswer.FromJson(answer.Span);
        if (latest.Checkpoint is not { } checkpoint) return null;
        using var key = folder.Pin(latest.PublicKey, checkpoint);
        var verdict = WitnessRules.Judge(_last, checkpoint, key);
        var seen = new WitnessedCheckpoint { Seen = time.GetUtcNow(), Checkpoint = checkpoint };
        if (verdict is WitnessVerdict.Keep)
        {
            folder.Keep(seen);
            _last = checkpoint;
        }
        else if (verdict is not WitnessVerdict.Known)
        {
            folder.Refuse(seen);
        }
        if (verdict is WitnessVerdict.Keep or WitnessVerdict.Known) WitnessMetrics.Agreed(checkpoint.Count, seen.Seen);
        return verdict;
    }

    private void Thin()
    {
        if (time.GetUtcNow() - _thinned < ThinInterval) return;
        _thinned = time.GetUtcNow();
        var kept = folder.Read();
        var thin = WitnessRules.Thin(kept, _thinned);
        if (thin.Count < kept.Count) folder.Rewrite(thin);
    }

    private void Tell(WitnessVerdict verdict)
    {
        var message = verdict switch
        {
            WitnessVerdict.Unsigned => "the server's audit checkpoints are signed by another key than before",
            WitnessVerdict.OtherChain => "the server's audit checkpoints speak of another trail than before",
            WitnessVerdict.Rewound => $"the server's audit trail has fewer records than the {_last?.Count} that it had: it was cut or begun anew",
            _ => $"record {_last?.Count} of the server's audit trail is another one than it was: the trail was rewritten",
        } + "; keep the trail's folder and this node's, and run `rempart audit verify`";
        LogContradiction(message);
        Contradicted(verdict, message);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "the audit trail could not be witnessed, trying again: {Failure}")]
    private partial void LogFailure(string failure);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Contradiction}")]
    private partial void LogContradiction(string contradiction);
}
