namespace Rempart.Network.Tests;

/// <summary>OVN confirms its flows before the switch has looked again at those it had cached: a change holds within moments, not at once.</summary>
internal static class Eventually
{
    private const int Attempts = 10;

    /// <summary>For what takes elections, joins or dead hosts that must be noticed first, on a machine that is busy.</summary>
    internal const int Patient = 150;

    internal static Task NullAsync(Func<Task<string?>> ask) => EqualAsync(null, ask);

    internal static async Task EqualAsync(string? expected, Func<Task<string?>> ask, int attempts = Attempts)
    {
        for (var attempt = 1; ; attempt++)
        {
            var actual = await ask();
            if (actual == expected) return;
            if (attempt == attempts) Assert.Equal(expected, actual);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, CancellationToken.None);
        }
    }
}
