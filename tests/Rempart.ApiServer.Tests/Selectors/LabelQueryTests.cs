using Rempart.Api.Meta;
using Rempart.ApiServer.Selectors;

namespace Rempart.ApiServer.Tests.Selectors;

public sealed class LabelQueryTests
{
    private static readonly Dictionary<string, string> Web = new() { ["app"] = "web", ["tier"] = "front", ["size"] = "5", ["empty"] = "" };

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("  ", true)]
    [InlineData("app=web", true)]
    [InlineData("app==web", true)]
    [InlineData(" app = web , tier = front ", true)]
    [InlineData("app=db", false)]
    [InlineData("app!=db", true)]
    [InlineData("other!=db", true)]
    [InlineData("app!=web", false)]
    [InlineData("app", true)]
    [InlineData("other", false)]
    [InlineData("!other", true)]
    [InlineData("!app", false)]
    [InlineData("! other", true)]
    [InlineData("app in (web,db)", true)]
    [InlineData("app in(db)", false)]
    [InlineData("app notin (db, mail)", true)]
    [InlineData("other notin (db)", true)]
    [InlineData("app notin (web)", false)]
    [InlineData("app in (web),tier notin (back),!gone", true)]
    [InlineData("size>4", true)]
    [InlineData("size>5", false)]
    [InlineData("size<6", true)]
    [InlineData("app>1", false)]
    [InlineData("empty=", true)]
    [InlineData("app=", false)]
    [InlineData("empty in (,x)", true)]
    [InlineData("example.com/app", false)]
    public void A_selector_matches_as_in_Kubernetes(string? text, bool matches) => Assert.Equal(matches, LabelQuery.Parse(text).Matches(Web));

    [Theory]
    [InlineData(",")]
    [InlineData("app=web,")]
    [InlineData("=web")]
    [InlineData("app==web=x")]
    [InlineData("app web")]
    [InlineData("app in web")]
    [InlineData("app in (web")]
    [InlineData("app in ()x")]
    [InlineData("app=a b")]
    [InlineData("size>x")]
    [InlineData("a/b/c=1")]
    [InlineData("app=-x")]
    [InlineData("!")]
    [InlineData("app)(")]
    public void What_can_not_be_read_is_a_bad_request(string text) => Assert.Equal(400, Assert.Throws<ApiException>(() => LabelQuery.Parse(text)).Code);

    [Fact]
    public void A_selector_has_bounds()
    {
        Assert.Equal(400, Assert.Throws<ApiException>(() => LabelQuery.Parse(string.Join(",", Enumerable.Range(0, 65).Select(i => $"k{i}")))).Code);
        Assert.Equal(400, Assert.Throws<ApiException>(() => LabelQuery.Parse("a in (" + new string(',', 20_000) + ")")).Code);
    }

    [Fact]
    public void A_typed_selector_asks_the_same()
    {
        var selector = new LabelSelector
        {
            MatchLabels = new Dictionary<string, string> { ["app"] = "web" },
            MatchExpressions = [new LabelSelectorRequirement { Key = "tier", Operator = "In", Values = ["front", "back"] }, new LabelSelectorRequirement { Key = "old", Operator = "DoesNotExist" }],
        };
        Assert.True(LabelQuery.Of(selector).Matches(Web));
        Assert.False(LabelQuery.Of(selector).Matches(new Dictionary<string, string> { ["app"] = "web", ["tier"] = "front", ["old"] = "" }));
        Assert.Throws<ApiException>(() => LabelQuery.Of(new LabelSelector { MatchExpressions = [new LabelSelectorRequirement { Key = "a", Operator = "Like" }] }));
        Assert.Throws<ApiException>(() => LabelQuery.Of(new LabelSelector { MatchExpressions = [new LabelSelectorRequirement { Key = "a", Operator = "In" }] }));
    }
}
