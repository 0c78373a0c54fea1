using System.Globalization;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching;

/// <summary>What to make of a run of curl. Pure.</summary>
/// <param name="Step">what comes next.</param>
/// <param name="Failure">why, unless it is done.</param>
internal sealed record CurlOutcome(CurlStep Step, VolumeException? Failure)
{
    /// <summary>The status of an answer that asks who is there.</summary>
    internal const int Unauthorized = 401;

    // See curl(1), and 128 and a signal's number.
    private const int Protocol = 1;
    private const int Url = 3;
    private const int HttpError = 22;
    private const int WriteError = 23;
    private const int OutOfMemory = 27;
    private const int RangeError = 33;
    private const int BadResume = 36;
    private const int TooManyRedirects = 47;
    private const int NotTrusted = 60;
    private const int FileTooLarge = 63;
    private const int Proxy = 97;
    private const int KilledByFileSize = 128 + 25;
    private const int FullRange = 416;

    internal static CurlOutcome Of(CurlAnswer answer, CurlRequest request)
    {
        // Where it was led matters more than how curl puts it. A refused address of several does no harm.
        if (answer is { ExitCode: Proxy, Refusals.Count: > 0 }) return Failed(VolumeFault.EgressDenied, string.Join("; ", answer.Refusals));
        return answer.ExitCode switch
        {
            0 => new CurlOutcome(CurlStep.Done, null),
            // All bytes were there already.
            HttpError when answer.Status == FullRange => new CurlOutcome(CurlStep.Done, null),
            HttpError => OfStatus(answer, request),
            RangeError or BadResume when request.Offset > 0 => new CurlOutcome(CurlStep.FromZero, Unreachable("can't go on where it was cut", answer)),
            // Full, or beyond a quota: a file that is too long is so by its length.
            WriteError when answer.Length < request.Most => new CurlOutcome(CurlStep.Failed, NoRoom()),
            FileTooLarge or KilledByFileSize or WriteError => Failed(VolumeFault.TooLarge, string.Create(CultureInfo.InvariantCulture, $"the file is longer than the {request.Most} bytes allowed for it")),
            Protocol => Failed(VolumeFault.EgressDenied, "the source redirects to something that is not https"),
            TooManyRedirects => Failed(VolumeFault.Refused, string.Create(CultureInfo.InvariantCulture, $"the source redirects more than {CurlCommand.MostRedirects} times")),
            NotTrusted => Failed(VolumeFault.NotTrusted, $"the certificate of the source does not count: {answer.Message}; name its certificate authority in the ImageSourcePolicy and in `spec.source.certificateAuthority`"),
            Url => Failed(VolumeFault.Refused, "the address of the source, or one that it redirects to, makes no sense"),
            OutOfMemory or > 128 => Failed(VolumeFault.Failed, string.Create(CultureInfo.InvariantCulture, $"the fetcher ended with {answer.ExitCode}")),
            _ => new CurlOutcome(CurlStep.Again, Unreachable("can't be reached or broke off", answer)),
        };
    }

    internal static VolumeException NoRoom() => new(VolumeFault.NoSpace, "the pool has no room for the file; delete volumes or images, or make the file system larger");

    private static CurlOutcome OfStatus(CurlAnswer answer, CurlRequest request)
    {
        var says = string.Create(CultureInfo.InvariantCulture, $"`{request.Url.Host}` answers {answer.Status}");
        return answer.Status switch
        {
            Unauthorized or 403 or 407 => Failed(VolumeFault.AccessDenied, $"{says}: it does not give this to everybody"),
            404 or 410 => Failed(VolumeFault.NotFound, $"{says}: there is no such file"),
            408 or 425 or 429 or >= 500 => new CurlOutcome(CurlStep.Later, new VolumeException(VolumeFault.Unreachable, says)),
            _ => Failed(VolumeFault.Refused, says),
        };
    }

    private static CurlOutcome Failed(VolumeFault fault, string message) => new(CurlStep.Failed, new VolumeException(fault, message));

    private static VolumeException Unreachable(string what, CurlAnswer answer) => new(VolumeFault.Unreachable, $"the source {what}: {answer.Message}");
}
