using Rempart.ApiServer.Tables;

namespace Rempart.ApiServer.Tests.Tables;

public sealed class HumanDurationTests
{
    /// <summary>The table of apimachinery's own test of <c>HumanDuration</c>.</summary>
    [Theory]
    [InlineData(-2, "<invalid>")]
    [InlineData(-1, "0s")]
    [InlineData(0, "0s")]
    [InlineData(70, "70s")]
    [InlineData(119, "119s")]
    [InlineData(120, "2m")]
    [InlineData(121, "2m1s")]
    [InlineData(190, "3m10s")]
    [InlineData(600, "10m")]
    [InlineData(70 * 60, "70m")]
    [InlineData(47 * 60, "47m")]
    [InlineData(3 * 3600, "3h")]
    [InlineData(3 * 3600 + 1800, "3h30m")]
    [InlineData(8 * 3600 + 600, "8h")]
    [InlineData(47 * 3600, "47h")]
    [InlineData(48 * 3600, "2d")]
    [InlineData(48 * 3600 + 7200, "2d2h")]
    [InlineData(8 * 86400 + 7200, "8d")]
    [InlineData(729 * 86400, "729d")]
    [InlineData(730 * 86400, "2y")]
    [InlineData(740 * 86400, "2y10d")]
    [InlineData(8L * 365 * 86400, "8y")]
    [InlineData(9L * 365 * 86400 + 86400, "9y")]
    public void Durations_read_as_in_kubectl(long seconds, string text) => Assert.Equal(text, HumanDuration.Of(TimeSpan.FromSeconds(seconds)));
}
