using System.Text;
using Rempart.Init.Services;

namespace Rempart.Init.Tests;

public sealed class ServiceFileTests
{
    [Fact]
    public void Services_are_put_in_the_order_of_their_needs()
    {
        var file = Parse("""{"services":[{"name":"c","command":["/c"],"log":"/l","after":["a","b"]},{"name":"b","command":["/b"],"log":"/l","after":["a"]},{"name":"a","command":["/a"],"log":"/l"}]}""");

        Assert.Equal(["a", "b", "c"], file.Services.Select(service => service.Name));
    }

    [Theory]
    [InlineData("""{"services":[{"name":"a","command":["/a"],"log":"/l","after":["b"]}]}""", "`b`, which is not there")]
    [InlineData("""{"services":[{"name":"a","command":["/a"],"log":"/l","after":["b"]},{"name":"b","command":["/a"],"log":"/l","after":["a"]}]}""", "wait for each other: `a`, `b`")]
    [InlineData("""{"services":[{"name":"a","command":["/a"],"log":"/l"},{"name":"a","command":["/a"],"log":"/l"}]}""", "two services `a`")]
    [InlineData("""{"services":[{"name":"../a","command":["/a"],"log":"/l"}]}""", "no name of a service")]
    [InlineData("""{"services":[{"name":"a\n","command":["/a"],"log":"/l"}]}""", "no name of a service")]
    [InlineData("""{"services":[{"name":"a","command":["a"],"log":"/l"}]}""", "absolute path")]
    [InlineData("""{"services":[{"name":"a","command":["/a"],"log":"l"}]}""", "absolute path")]
    [InlineData("""{"services":[{"name":"a","command":["/a"],"log":"/l","netns":"../x"}]}""", "network namespace")]
    [InlineData("""{"services":[{"name":"a","command":["/a"],"log":"/l","capabilities":["chown,+all"]}]}""", "no name of a capability")]
    [InlineData("""{"services":[{"name":"a","command":["/a"],"log":"/l","user":"u","capabilities":["chown"]}]}""", "`capabilities` are for root's services")]
    [InlineData("""{"services":[{"name":"a","command":["/a"],"log":"/l","ready":{}}]}""", "`ready` needs one")]
    [InlineData("""{"services":[{"name":"a","command":["/a"],"log":"/l","surprise":1}]}""", "surprise")]
    [InlineData("""{"services":[{"name":"a","name":"b","command":["/a"],"log":"/l"}]}""", "name")]
    [InlineData("""{"services":[{"name":"a"}]}""", "command")]
    [InlineData("null", "null")]
    [InlineData("", "can't be read")]
    public void What_is_wrong_is_refused_with_its_reason(string json, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Parse(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_error_is_named_not_only_the_first()
    {
        var message = Assert.Throws<InvalidDataException>(() => Parse("""{"services":[{"name":"A","command":[],"log":"l"}]}""")).Message;

        Assert.Equal(3, message.Split("; ").Length);
    }

    private static ServiceFile Parse(string json) => ServiceFile.Parse(Encoding.UTF8.GetBytes(json));
}
