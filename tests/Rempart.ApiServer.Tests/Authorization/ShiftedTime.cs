namespace Rempart.ApiServer.Tests.Authorization;

/// <summary>The system's clock, put forward or back.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Shift { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
}
