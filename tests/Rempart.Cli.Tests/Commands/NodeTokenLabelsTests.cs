using Rempart.Cli.Commands;

namespace Rempart.Cli.Tests.Commands;

/// <summary>Values of `--label` of `rempart node token create`.</summary>
public sealed class NodeTokenLabelsTests
{
    [Fact]
    public void Labels_are_read_up_to_the_first_equals_sign()
    {
        Assert.Null(NodeTokenCreateCommand.Labels([]));
        Assert.Equal("""{"rack":"3","note":""}""", NodeTokenCreateCommand.Labels(["rack=3", "note="])!.ToJsonString());
    }

    [Theory]
    [InlineData("KEY=VALUE", "rack")]
    [InlineData("KEY=VALUE", "=3")]
    [InlineData("given twice", "rack=3", "rack=4")]
    public void What_is_none_is_refused(string said, params string[] given) =>
        Assert.Contains(said, Assert.Throws<CliException>(() => NodeTokenCreateCommand.Labels(given)).Message, StringComparison.Ordinal);
}
