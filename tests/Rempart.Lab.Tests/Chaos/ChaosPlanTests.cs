namespace Rempart.Lab.Tests.Chaos;

/// <summary>Steps by chance are the same ones each time, and no more than a cluster promises to bear.</summary>
public sealed class ChaosPlanTests
{
    private static readonly string[] Hosts = ["host1", "host2", "host3"];

    [Fact]
    public void A_seed_gives_the_same_steps_again_and_one_host_at_a_time_is_in_trouble()
    {
        for (var seed = 0; seed < 200; seed++)
        {
            var steps = ChaosPlan.Steps(seed, 60, Hosts, ["a", "b"]);
            Assert.Equal(60, steps.Count);
            Assert.Equal(steps, ChaosPlan.Steps(seed, 60, Hosts, ["a", "b"]));
            Assert.Equal(steps.Take(8), ChaosPlan.Steps(seed, 8, Hosts, ["a", "b"]));
            string? troubled = null;
            foreach (var words in steps.Select(step => step.Split(' ')))
            {
                if (words[0] is "freeze" or "cut" or "reboot" or ChaosPlan.Settle) Assert.Null(troubled);
                if (words is ["try", "kill", ..]) Assert.NotEqual(troubled, words[2]);
                if (words[0] is "freeze" or "cut") troubled = words[1];
                if (words[0] is "thaw" or "heal") troubled = null;
            }
            Assert.InRange(steps.Count(step => step == ChaosPlan.Settle), 3, 4);
        }
        Assert.NotEqual(ChaosPlan.Steps(1, 60, Hosts, ["a"]), ChaosPlan.Steps(2, 60, Hosts, ["a"]));
    }
}
