namespace Rempart.Clients.Tests.Histories;

/// <summary>The checker itself: what it must let pass and what it must not.</summary>
public sealed class LinearizabilityTests
{
    [Fact]
    public void One_after_the_other_fits() => Fits(
        Create(0, 1, 1, 10), Read(2, 3, 1, 10), Update(4, 5, 2, 11, 10), Read(6, 7, 2, 11), Delete(8, 9), Gone(10, 11), Create(12, 13, 3, 20));

    [Fact]
    public void Those_at_the_same_time_fit_in_either_order()
    {
        Fits(Create(0, 1, 1, 10), Update(2, 9, 2, 11, 10), Read(3, 4, 2, 11), Read(5, 6, 2, 11));
        Fits(Create(0, 1, 1, 10), Update(2, 9, 2, 11, 10), Read(3, 4, 1, 10), Read(5, 6, 2, 11));
    }

    [Fact]
    public void A_stale_read_does_not_fit() => Breaks(Create(0, 1, 1, 10), Update(2, 3, 2, 11, 10), Read(4, 5, 1, 10));

    [Fact]
    public void A_read_that_goes_back_does_not_fit() => Breaks(Create(0, 1, 1, 10), Update(2, 9, 2, 11, 10), Read(3, 4, 2, 11), Read(5, 6, 1, 10));

    [Fact]
    public void A_write_that_is_lost_does_not_fit() => Breaks(Create(0, 1, 1, 10), Gone(2, 3));

    [Fact]
    public void A_deletion_that_is_lost_does_not_fit() => Breaks(Create(0, 1, 1, 10), Delete(2, 3), Read(4, 5, 1, 10));

    [Fact]
    public void Two_creations_do_not_fit() => Breaks(Create(0, 5, 1, 10), Create(1, 4, 2, 11));

    [Fact]
    public void Two_updates_of_one_version_do_not_fit() => Breaks(Create(0, 1, 1, 10), Update(2, 9, 2, 11, 10), Update(3, 8, 3, 12, 10));

    [Fact]
    public void A_conflict_without_another_version_does_not_fit()
    {
        Breaks(Create(0, 1, 1, 10), Of(OperationKind.Update, 2, 3, Outcome.Conflict) with { Expected = 10, Value = 2 });
        Fits(Create(0, 1, 1, 10), Update(2, 9, 3, 11, 10), Of(OperationKind.Update, 3, 4, Outcome.Conflict) with { Expected = 10, Value = 2 });
    }

    [Fact]
    public void A_value_that_nobody_wrote_does_not_fit() => Breaks(Create(0, 1, 1, 10), Read(2, 3, 7, 10));

    [Fact]
    public void A_version_that_falls_does_not_fit() => Breaks(Create(0, 1, 1, 10), Update(2, 3, 2, 9, 10));

    [Fact]
    public void What_was_refused_has_no_effect() => Breaks(Create(0, 1, 1, 10), Of(OperationKind.Create, 2, 3, Outcome.Exists) with { Value = 2 }, Read(4, 5, 2, 11));

    [Fact]
    public void What_nobody_answered_may_have_been_done_then_later_or_never()
    {
        var unknown = Of(OperationKind.Create, 0, long.MaxValue, Outcome.Unknown) with { Value = 1 };
        Fits(unknown, Read(2, 3, 1, 10));
        Fits(unknown, Gone(2, 3), Read(4, 5, 1, 10));
        Fits(unknown, Gone(2, 3), Create(4, 5, 2, 11), Read(6, 7, 2, 11));
        Breaks(unknown, Read(2, 3, 1, 10), Gone(4, 5));
        Breaks(unknown, Read(2, 3, 1, 10), Read(4, 5, 1, 11));
    }

    [Fact]
    public void What_nobody_answered_happens_once() => Breaks(
        Create(0, 1, 1, 10), Of(OperationKind.Delete, 2, long.MaxValue, Outcome.Unknown), Gone(3, 4), Create(5, 6, 2, 11), Gone(7, 8));

    [Fact]
    public void Nothing_is_done_before_it_was_asked_for() => Breaks(Read(0, 1, 1, 10), Create(2, 3, 1, 10));

    [Fact]
    public void Objects_do_not_depend_on_one_another()
    {
        Assert.Null(Linearizability.Broken([Create(0, 1, 1, 10), Create(2, 3, 2, 11) with { Key = "b" }]));
        Assert.Equal("b", Linearizability.Broken([Create(0, 1, 1, 10), Create(2, 3, 2, 11) with { Key = "b" }, Gone(4, 5) with { Key = "b" }]));
    }

    [Fact]
    public void Many_at_once_are_decided()
    {
        // Each round, ten read while one writes: without memory of what was tried this would not end.
        var history = new List<Operation> { Create(0, 1, 0, 1) };
        for (var round = 1; round <= 30; round++)
        {
            var at = round * 100;
            history.Add(Update(at, at + 90, round, round + 1, round));
            for (var reader = 0; reader < 10; reader++) history.Add(reader % 2 == 0 ? Read(at + 1, at + 89, round, round + 1) : Read(at + 1, at + 89, round - 1, round));
        }

        Assert.True(Linearizability.Fits(history));
        Assert.False(Linearizability.Fits([.. history, Read(99_990, 99_991, 3, 4)]));
    }

    [Fact]
    public void A_list_that_is_torn_is_found()
    {
        Operation[] history = [Create(0, 1, 1, 10), Create(0, 1, 2, 11) with { Key = "b" }, Update(2, 3, 3, 12, 10), Update(4, 5, 4, 13, 11) with { Key = "b" }];
        Assert.Empty(Snapshots.Broken(history, [List(11, (1, 10), (2, 11)), List(12, (3, 12), (2, 11)), List(13, (3, 12), (4, 13))]));
        Assert.NotEmpty(Snapshots.Broken(history, [List(13, (1, 10), (4, 13))]));
        Assert.NotEmpty(Snapshots.Broken(history, [List(12, (3, 12), (4, 13))]));
        Assert.NotEmpty(Snapshots.Broken(history, [List(12, (9, 12), (2, 11))]));
        Assert.NotEmpty(Snapshots.Broken(history, [List(12, (3, 12), (2, 11)), new ListSeen(12, new Dictionary<string, (int, long)> { ["a"] = (3, 12) })]));
    }

    [Fact]
    public void A_history_that_says_nothing_is_told()
    {
        Operation[] history = [Create(0, 1, 1, 10), Update(2, 3, 2, 11, 10), Read(4, 5, 2, 11), Delete(6, 7)];
        ListSeen[] lists = [List(10, (1, 10), (2, 11))];
        Assert.Empty(Coverage.Missing(history, lists));
        Assert.All(history, lost => Assert.Equal([$"{lost.Kind} that was acknowledged"], Coverage.Missing([.. history.Except([lost]), lost with { Outcome = Outcome.Unknown }], lists)));
        Assert.Single(Coverage.Missing([.. history.Select(operation => operation with { Listed = operation.Kind == OperationKind.Read })], lists));
        Assert.Single(Coverage.Missing(history, [new ListSeen(10, new Dictionary<string, (int, long)>())]));
    }

    private static ListSeen List(long version, (int, long) a, (int, long) b) => new(version, new Dictionary<string, (int, long)> { ["a"] = a, ["b"] = b });

    private static void Fits(params Operation[] operations) => Assert.True(Linearizability.Fits(operations));

    private static void Breaks(params Operation[] operations) => Assert.False(Linearizability.Fits(operations));

    private static Operation Of(OperationKind kind, long from, long to, Outcome outcome) => new(kind, "a", from, to, outcome);

    private static Operation Create(long from, long to, int value, long version) => Of(OperationKind.Create, from, to, Outcome.Done) with { Value = value, Version = version };

    private static Operation Update(long from, long to, int value, long version, long expected) => Of(OperationKind.Update, from, to, Outcome.Done) with { Value = value, Version = version, Expected = expected };

    private static Operation Delete(long from, long to) => Of(OperationKind.Delete, from, to, Outcome.Done);

    private static Operation Read(long from, long to, int value, long version) => Of(OperationKind.Read, from, to, Outcome.Done) with { Value = value, Version = version };

    private static Operation Gone(long from, long to) => Of(OperationKind.Read, from, to, Outcome.Missing);
}
