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

    /// <summary>Returns when the source has said that this is all. Nothing is known of the bytes before their digest is.</summary>
    /// <param name="url">where.</param>
    /// <param name="token">bearer token, or null.</param>
    /// <param name="partial">gets the bytes; what is there of them is not asked for again.</param>
    /// <param name="most">longest file that is taken, in bytes.</param>
    /// <param name="terms">where it may go.</param>
    /// <param name="report">told how far it is.</param>
    /// <param name="cancellationToken">ends it; the bytes stay.</param>
    /// <exception cref="VolumeException">it can't be had; with <see cref="VolumeFault.Unreachable"/> the bytes so far are worth keeping.</exception>
    internal async Task RunAsync(Uri url, string? token, Partial partial, long most, FetchTerms terms, Func<TransferProgress, Task> report, CancellationToken cancellationToken)
    {
        var restarts = 0;
        for (var answers = 1; ; answers++)
        {
            var before = partial.Length;
            var outcome = await OnceAsync(url, token, partial, most, terms, report, cancellationToken);
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
                default:
                    throw outcome.Failure!;
            }
        }
    }

    private async Task<CurlOutcome> OnceAsync(Uri url, string? token, Partial partial, long most, FetchTerms terms, Func<TransferProgress, Task> report, CancellationToken cancellationToken)
    {
        var (origin, offset) = (partial.Origin, partial.Length);
        if (offset > most) throw new VolumeException(VolumeFault.TooLarge, string.Create(CultureInfo.InvariantCulture, $"the file is longer than the {most} bytes allowed for it"));
        if (offset > 0 && !origin.Pieced) partial.Origin = origin with { Pieced = true };
        using var body = partial.Open();
        var request = new CurlRequest { Url = url, Token = token, Body = body, Most = most, Offset = offset, ETag = origin.ETag };
        var answer = await curl.RunAsync(request, terms, async (length, head) =>
        {
            // Before the bytes are worth anything to a later agent, what they are of is known.
            if (offset == 0 && head is { Status: 200, ETag: { } etag } && partial.Origin.ETag != etag) partial.Origin = new PartialOrigin { ETag = etag };
            await report(new TransferProgress { Received = length, Total = head is { Status: 200 or 206 } ? head.Total : null });
        }, cancellationToken);
        return CurlOutcome.Of(answer, request);
    }
}
