using Rempart.Api.Compute;
using Rempart.Cli.Output;

namespace Rempart.Cli.Tests.Output;

public sealed class WhyTextTests
{
    private static readonly PlacementReport Report = new()
    {
        Metadata = new() { Namespace = "web", Name = "web-2" },
        NodeName = "h1",
        Choice = "h2",
        Message = "2/4 hosts fit: 1 is cordoned, 1 would break the rule `apart`",
        Hosts = 4,
        Fitting = 2,
        Refusals = [new() { Filter = "Cordon", Hosts = 1, Message = "1 is cordoned" }, new() { Filter = "Rule", Hosts = 1, Message = "1 would break the rule `apart`" }],
        Verdicts =
        [
            new() { Node = "h2", Score = 1874, Scores = [new("Room", 912), new("Balance", 462), new("Rule/near", 500)] },
            new() { Node = "h1", Score = 1374, Scores = [new("Room", 912), new("Balance", 462), new("Rule/near", 0)] },
            new() { Node = "h3", Filter = "Rule", Message = "would break the rule `apart`" },
            new() { Node = "h4\u001b[2J", Filter = "Cordon", Message = "is cordoned" },
        ],
    };

    [Fact]
    public void Who_may_list_nodes_sees_scores_and_reasons() => Assert.Equal("""
        machine   web/web-2
        is on     h1
        would go  to h2
        hosts     2/4 hosts fit: 1 is cordoned, 1 would break the rule `apart`

        HOST   SCORE   ROOM   BALANCE   RULE/NEAR
        h2     1874    912    462       500
        h1     1374    912    462       0

        HOST     REFUSED BY   BECAUSE IT
        h3       Rule         would break the rule `apart`
        h4 [2J   Cordon       is cordoned

        """, WhyText.Format(Report));

    [Fact]
    public void Others_see_the_counts() => Assert.Equal("""
        machine   web/web-2
        hosts     2/4 hosts fit: 1 is cordoned, 1 would break the rule `apart`

        Who may not list nodes is not told which hosts these are.

        """, WhyText.Format(Report with { NodeName = null, Choice = null, Verdicts = null }));
}
