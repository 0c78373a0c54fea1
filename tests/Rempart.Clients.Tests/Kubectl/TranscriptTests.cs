namespace Rempart.Clients.Tests.Kubectl;

public sealed class TranscriptTests
{
    [Fact]
    public void A_transcript_is_read_as_it_is_written()
    {
        string[] lines = ["# words", "file a.yaml", "  kind: X", "", "$ kubectl get x", "  NAME", "  ...", "? 1", "$ true"];
        var steps = Transcript.Read(lines);
        Assert.Equal(string.Join('\n', lines) + "\n", Transcript.Written(steps));
        Assert.Equal((1, "kubectl get x"), (steps.Single(step => step.Line == 5).Exit, steps.Single(step => step.Line == 5).Command));
        Assert.Equal(["kind: X"], steps.Single(step => step.File == "a.yaml").Body);
    }

    [Theory]
    [InlineData("a   1   5s", "a  1  <age>")]
    [InlineData("a   1   2m10s", "a  1  <age>")]
    [InlineData("a   1   <unknown>", "a  1  <age>")]
    [InlineData("  uid: 6e4ee1dc-0d3c-4a6e-b4a4-1ea5f2c3b6a1", "  uid: <uid>")]
    [InlineData("\"resourceVersion\": \"172\"", "\"resourceVersion\": \"<n>\"")]
    [InlineData("  resourceVersion: \"9\"", "  resourceVersion: \"<n>\"")]
    [InlineData("creationTimestamp: \"2026-11-22T12:41:14Z\"", "creationTimestamp: \"<time>\"")]
    [InlineData("--timeout=5s", "--timeout=5s")]
    public void What_differs_from_run_to_run_is_named(string printed, string named) => Assert.Equal([named], Transcript.Named(printed, []));

    [Theory]
    [InlineData("a|b", "a|b", true)]
    [InlineData("a|b", "a", false)]
    [InlineData("a", "a|b", false)]
    [InlineData("...|b|...", "a|b", true)]
    [InlineData("...|b", "a|b|c", false)]
    [InlineData("a|...", "a", true)]
    [InlineData("...|b|...|d", "a|b|b|c|d", true)]
    [InlineData("a  b", "a  b", true)]
    [InlineData("a     b", "a  b", true)]
    public void Lines_fit_or_not(string expected, string actual, bool fits) => Assert.Equal(fits, Transcript.Fits(expected.Split('|'), actual.Split('|')));
}
