using Rempart.Api.Versions;

namespace Rempart.Api.Tests.Versions;

public sealed class VersionSkewTests
{
    [Theory]
    [InlineData("0.1.0", "0.2.9", 1)]
    [InlineData("v0.1.0-rc1", "0.3.0+x", 2)]
    [InlineData("0.9.3", "1.0.0", 1)]
    [InlineData("0.9.3", "1.1.0", 2)]
    [InlineData("1.0.0", "3.0.0", 2)]
    [InlineData("1.4.0", "1.4.7", 0)]
    public void Versions_are_apart_by_the_steps_of_an_upgrade(string one, string other, int steps)
    {
        Assert.Equal(steps, Read(one).StepsTo(Read(other)));
        Assert.Equal(steps, Read(other).StepsTo(Read(one)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("dev")]
    [InlineData("1.2")]
    [InlineData("1.2.3.4")]
    [InlineData("1.-2.3")]
    [InlineData("1.2.99999999999")]
    [InlineData("1. 2.3")]
    public void What_is_no_version_is_none(string text) => Assert.False(ProgramVersion.TryParse(text, out _));

    [Theory]
    [InlineData("0.2.0", "0.2.7", true)]
    [InlineData("0.2.0", "0.1.9", true)]
    [InlineData("1.0.0", "0.9.0", true)]
    [InlineData("0.2.0", "0.3.0", false)]
    [InlineData("0.3.0", "0.1.9", false)]
    public void An_agent_is_of_its_servers_version_or_one_behind(string server, string agent, bool fits) =>
        Assert.Equal(fits, VersionSkew.OfAgent(Read(server), Read(agent)) is null);

    [Theory]
    [InlineData("0.2.0", "0.3.1", true)]
    [InlineData("0.3.1", "0.2.0", true)]
    [InlineData("0.1.0", "0.3.0", false)]
    [InlineData("0.3.0", "0.1.0", false)]
    public void Servers_are_one_apart_at_most(string mine, string other, bool fits) => Assert.Equal(fits, VersionSkew.OfServers(Read(mine), "host2", Read(other)) is null);

    [Fact]
    public void A_build_knows_its_own() => Assert.NotEqual(new ProgramVersion(0, 0, 0), ProgramVersion.Own);

    private static ProgramVersion Read(string text) => ProgramVersion.TryParse(text, out var version) ? version : throw new FormatException(text);
}
