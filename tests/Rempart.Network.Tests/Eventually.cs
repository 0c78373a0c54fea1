namespace Rempart.Network.Tests;

/// <summary>OVN confirms its flows before the switch has looked again at those it had cached: a change holds within moments, not at once.</summary>
internal static class Eventually
{
    private const int Attempts = 10;

    internal static Task NullAsync(Func<Task<string?>> ask) => EqualAsync(null, ask);

    internal static async Task EqualAsync(string? expected, Func<Task<string?>> ask)
    {
        for (var attempt = 1; ; attempt++)
        {
            var actual = await ask();
            if (actual == expected) return;
            if (attempt == Attempts) Assert.Equal(expected, actual);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, CancellationToken.None);
        }
    }
}
