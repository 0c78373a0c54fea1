using Rempart.Api.Meta;

namespace Rempart.Cli.Http;

/// <summary>
/// What ends a question and not the wish for its answer: a server that died or was restarted meanwhile. The connection goes to the next server by itself
/// when it is asked again; with one server it takes until that is back.
/// </summary>
internal static class Interruption
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>How long nobody may answer before a command ends: longer than servers take to be started again and to elect who leads.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(2);

    /// <summary>Whether to ask again after a failure.</summary>
    /// <param name="failure">The failure.</param>
    public static bool Is(Exception failure) => failure switch
    {
        IOException or HttpRequestException => true,
        CliException unreachable => unreachable.ExitCode == ExitCode.Unreachable,
        ApiException busy => busy.Code is 429 or 503 or 504,
        _ => false,
    };

    /// <summary>Does what may be done twice, again and again while nobody answers.</summary>
    /// <param name="act">Told how often it was tried before.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    public static async Task<T> OutlastAsync<T>(Func<int, Task<T>> act, CancellationToken cancellationToken)
    {
        var started = TimeProvider.System.GetTimestamp();
        for (var tries = 0; ; tries++)
        {
            try
            {
                return await act(tries);
            }
            catch (Exception failure) when (Is(failure) && TimeProvider.System.GetElapsedTime(started) < Patience)
            {
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
    }
}
