using Rempart.Lab.Tests.Labs;
using Rempart.Lab.Tests.Scenarios;

namespace Rempart.Lab.Tests;

/// <summary>What a cluster must bear, as text in and an event log out: Scenarios/*.txt.</summary>
[Trait("level", "lab")]
public sealed class ScenarioTests(SharedLab lab)
{
    [Theory]
    [InlineData("machine-moves")]
    [InlineData("move-is-cut")]
    [InlineData("stream-outlives-moves")]
    [InlineData("agents-die-while-a-machine-moves")]
    [InlineData("host-reboots")]
    [InlineData("management-is-cut")]
    [InlineData("control-plane-loses-a-host")]
    public Task It_goes_as_written(string name) => RunAsync(name);

    [Theory]
    [InlineData("host-freezes")]
    [InlineData("planes-are-cut-in-a-move")]
    [InlineData("source-is-cut-in-a-move")]
    [InlineData("stream-outlives-ten-moves")]
    [InlineData("five-streams-outlive-maintenance")]
    [Trait("length", "long")]
    public Task It_goes_as_written_though_it_takes_long(string name) => RunAsync(name);

    private async Task RunAsync(string name)
    {
        var scenario = Scenario.Read(name);
        try
        {
            Assert.Equal(scenario.Log, await new ScenarioRun(lab).RunAsync(scenario));
        }
        finally
        {
            await lab.HealAsync();
        }
    }
}
