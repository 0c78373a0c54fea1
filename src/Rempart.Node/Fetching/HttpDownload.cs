using System.Globalization;
using Rempart.Api.Tunnel;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching;

/// <summary>Gets one file by https into a <see cref="Partial"/>, in as many answers as it takes.</summary>
internal sealed class HttpDownload(JailedCurl curl, TimeProvider time)
{
    private const int MostAnswers = 20;
    private const int MostRestarts = 2;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Gets it, and has it looked at; bytes that came in pieces and are not those of the digest are got once more in one.</summary>
    /// <param name="download">what to get.</param>
    /// <param name="partial">gets the bytes; what is there of them is not asked for again.</param>
    /// <param name="terms">where it may go.</param>
    /// <param name="report">told how far it is.</param>
    /// <param name="take">looks at all the bytes; a <see cref="VolumeFault.DigestMismatch"/> says that they are others.</param>
    /// <param name="cancellationToken">ends it; the bytes stay.</param>
    /// <exception cref="VolumeException">it can't be had; with <see cref="VolumeFault.Unreachable"/> the bytes so far are worth keeping.</exception>
    internal async Task<T> RunAsync<T>(Download download, Partial partial, FetchTerms terms, Func<TransferProgress, Task> report, Func<Task<T>> take, CancellationToken cancellationToken)
    {
        for (var again = false; ; again = true)
        {
            await RunAsync(download, partial, terms, report, cancellationToken);
            try
            {
                return await take();
            }
            catch (VolumeException mismatch) when (mismatch.Fault == VolumeFault.DigestMismatch && partial.Origin.Pieced && !again)
            {
                // The file may have changed between two answers. Once only: a source that cuts each answer would be asked for ever.
                partial.Clear();
            }
        }
    }

    // Returns when the source has said that this is all. Nothing is known of the bytes before their digest is.
    private async Task RunAsync(Download download, Partial partial, FetchTerms terms, Func<TransferProgress, Task> report, CancellationToken cancellationToken)
    {
        var (restarts, renewedAt) = (0, -1L);
        for (var answers = 1; ; answers++)
        {
            var before = partial.Length;
            var (answer, outcome) = await OnceAsync(download, partial, terms, report, cancellationToken);
            switch (outcome.Step)
            {
                case CurlStep.Done:
                    return;
                case CurlStep.Again when partial.Length > before && answers < MostAnswers:
                    await Task.Delay(Pause, time, cancellationToken);
                    break;
                case CurlStep.FromZero when restarts++ < MostRestarts:
                    partial.Clear();
                    break;
                // A token lapses in the middle of a large file; one that is refused at once is no token.
                case CurlStep.Failed when answer.Status == CurlOutcome.Unauthorized && download.Bearer is { } bearer && partial.Length > renewedAt && answers < MostAnswers:
                    renewedAt = partial.Length;
                    if (!await bearer.RenewAsync(answer, cancellationToken)) throw outcome.Failure!;
                    break;
                default:
                    throw outcome.Failure!;
            }
        }
    }

    private async Task<(CurlAnswer Answer, CurlOutcome Outcome)> OnceAsync(Download download, Partial partial, FetchTerms terms, Func<TransferProgress, Task> report, CancellationToken cancellationToken)
    {
        var (origin, offset) = (partial.Origin, partial.Length);
        if (offset > download.Most) throw new VolumeException(VolumeFault.TooLarge, string.Create(CultureInfo.InvariantCulture, $"the file is longer than the {download.Most} bytes allowed for it"));
        if (offset > 0 && !origin.Pieced) partial.Origin = origin with { Pieced = true };
        using var body = partial.Open();
        var request = new CurlRequest { Url = download.Url, SourcePort = download.SourcePort, Token = download.Bearer?.Token, Body = body, Most = download.Most, Offset = offset, ETag = origin.ETag };
        var answer = await curl.RunAsync(request, terms, async (length, head) =>
        {
            // Before the bytes are worth anything to a later agent, what they are of is known.
            if (offset == 0 && head is { Status: 200, ETag: { } etag } && partial.Origin.ETag != etag) partial.Origin = partial.Origin with { ETag = etag };
            await report(new TransferProgress { Received = length, Total = head is { Status: 200 or 206 } ? head.Total : null });
        }, cancellationToken);
        return (answer, CurlOutcome.Of(answer, request));
    }
}
