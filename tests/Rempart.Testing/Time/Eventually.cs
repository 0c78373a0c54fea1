using Xunit;

namespace Rempart.Testing.Time;

/// <summary>Waits for what other loops bring about. Running out of patience is a failure that says what was missing.</summary>
public static class Eventually
{
    /// <summary>Returns once the condition holds.</summary>
    public static async Task HoldsAsync(string what, Func<bool> condition, CancellationToken cancellationToken)
    {
        for (var i = 0; i < 4000; i++)
        {
            if (condition()) return;
            await Task.Delay(5, cancellationToken);
        }
        Assert.Fail($"never seen: {what}");
    }

    /// <summary>Returns once the condition holds, moving a clock meanwhile.</summary>
    public static Task HoldsAsync(string what, ManualTime time, TimeSpan step, Func<bool> condition, CancellationToken cancellationToken) =>
        HoldsAsync(what, () =>
        {
            if (condition()) return true;
            time.Advance(step);
            return false;
        }, cancellationToken);
}
