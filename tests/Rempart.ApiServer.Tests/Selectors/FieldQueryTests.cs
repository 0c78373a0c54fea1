using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Selectors;

namespace Rempart.ApiServer.Tests.Selectors;

public sealed class FieldQueryTests
{
    private static readonly KindInfo Machines = KindInfo.Of<VirtualMachine>();

    private static readonly IndexedFields Web = IndexedFields.Read(
        """{"metadata":{"labels":{"app":"web"},"name":"web","namespace":"team","annotations":{"status":{"phase":"trap"}}},"spec":{"template":"t","volumes":[{"template":"x"}]},"status":{"template":{"os":{}},"phase":"Running","nodeName":"h1"}}"""u8, Machines);

    [Fact]
    public void Labels_and_selectable_fields_are_read_from_bytes()
    {
        Assert.Equal(("web", "team"), (Web.Name, Web.Namespace));
        Assert.Equal("web", Web.Labels["app"]);
        Assert.Equal(["web", "team", "h1", "Running", "t"], Web.Values);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("metadata.name=web", true)]
    [InlineData("metadata.name==web,metadata.namespace=team", true)]
    [InlineData("metadata.name!=web", false)]
    [InlineData("status.nodeName=h1,status.phase!=Stopped", true)]
    [InlineData("status.nodeName=h2", false)]
    [InlineData("spec.template=t,", true)]
    public void A_selector_matches_as_in_Kubernetes(string? text, bool matches) => Assert.Equal(matches, FieldQuery.Parse(text, Machines).Matches(Web));

    [Fact]
    public void A_missing_field_is_empty()
    {
        var waiting = IndexedFields.Read("""{"metadata":{"name":"a"}}"""u8, Machines);
        Assert.True(FieldQuery.Parse("status.nodeName=", Machines).Matches(waiting));
        Assert.True(FieldQuery.Parse("status.nodeName!=h1", Machines).Matches(waiting));
    }

    [Fact]
    public void A_truth_value_is_compared_as_text()
    {
        var nodes = KindInfo.Of<Node>();
        Assert.True(FieldQuery.Parse("spec.unschedulable=true", nodes).Matches(IndexedFields.Read("""{"metadata":{"name":"a"},"spec":{"unschedulable":true}}"""u8, nodes)));
    }

    [Fact]
    public void Other_fields_are_refused_in_the_words_of_Kubernetes() =>
        Assert.Equal("field label not supported: spec.class", Assert.Throws<ApiException>(() => FieldQuery.Parse("spec.class=a", Machines)).Message);

    [Theory]
    [InlineData("metadata.name")]
    [InlineData("=a")]
    [InlineData("metadata.name=a=b")]
    [InlineData("metadata.name=a\\")]
    [InlineData("metadata.name=a\\b")]
    public void What_can_not_be_read_is_a_bad_request(string text) => Assert.Equal(400, Assert.Throws<ApiException>(() => FieldQuery.Parse(text, Machines)).Code);

    [Fact]
    public void Escaped_signs_are_part_of_the_value()
    {
        Assert.Equal("a,b=c\\d", FieldQuery.Parse("metadata.name=a\\,b\\=c\\\\d", Machines).Exact("metadata.name"));
        Assert.Null(FieldQuery.Parse("metadata.name!=a", Machines).Exact("metadata.name"));
    }
}
