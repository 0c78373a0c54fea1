using Rempart.Api.Meta;
using Rempart.Runtime.Conditions;

namespace Rempart.Runtime.Tests.Conditions;

public sealed class ConditionListTests
{
    private static readonly DateTimeOffset Then = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Later = Then.AddMinutes(5);

    private static readonly IReadOnlyList<Condition> List = ((IReadOnlyList<Condition>?)null).With("Ready", false, "Waiting", "waits for a volume", 1, Then);

    [Fact]
    public void A_new_message_moves_no_transition_time()
    {
        var next = List.With("Ready", false, "Waiting", "waits for a network", 2, Later);
        Assert.Equal(Then, next.Find("Ready")!.LastTransitionTime);
        Assert.Equal("waits for a network", next.Find("Ready")!.Message);
    }

    [Fact]
    public void A_new_status_moves_it() => Assert.Equal(Later, List.With("Ready", true, "Done", "is there", 1, Later).Find("Ready")!.LastTransitionTime);

    [Fact]
    public void Saying_the_same_again_changes_nothing_at_all() => Assert.Same(List, List.With("Ready", false, "Waiting", "waits for a volume", 1, Later));

    [Fact]
    public void Other_conditions_stay_as_they_are()
    {
        var next = List.With("Running", null, "Unknown", "nobody knows", 1, Later).With("Ready", true, "Done", "is there", 1, Later);
        Assert.Equal(["Ready", "Running"], next.Select(condition => condition.Type));
        Assert.Equal("Unknown", next.Find("Running")!.Status);
        Assert.True(next.IsTrue("Ready"));
    }
}
