namespace Rempart.ApiServer.Flow;

/// <summary>Tokens that come back with time, at most a burst of them.</summary>
internal sealed class TokenBucket(FlowRate rate, TimeProvider time)
{
    private double _tokens = rate.Burst;
    private long _at = time.GetTimestamp();

    /// <summary>Whether nothing was taken for a while: such a bucket can be forgotten.</summary>
    public bool IsFull => Fill() >= rate.Burst;

    /// <summary>How long until there is a token; zero when there is one.</summary>
    public TimeSpan Wait() => Fill() >= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds((1 - _tokens) / rate.PerSecond);

    /// <summary>Takes a token that is there.</summary>
    public void Take() => _tokens = Fill() - 1;

    private double Fill()
    {
        var now = time.GetTimestamp();
        _tokens = Math.Min(rate.Burst, _tokens + time.GetElapsedTime(_at, now).TotalSeconds * rate.PerSecond);
        _at = now;
        return _tokens;
    }
}
