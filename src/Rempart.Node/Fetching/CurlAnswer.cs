namespace Rempart.Node.Fetching;

/// <summary>How a run of curl ended.</summary>
/// <param name="ExitCode">see curl(1).</param>
/// <param name="Status">of the last HTTP answer; 0 for none.</param>
/// <param name="Head">the last answer's head.</param>
/// <param name="Refusals">where it was not let to.</param>
/// <param name="Message">curl's last words; a stranger may have chosen some.</param>
internal sealed record CurlAnswer(int ExitCode, int Status, ResponseHead? Head, IReadOnlyList<string> Refusals, string Message)
{
    /// <summary>Bytes that are there now.</summary>
    public long Length { get; init; }
}
