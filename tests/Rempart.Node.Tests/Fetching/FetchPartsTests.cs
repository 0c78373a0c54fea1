using System.Net;
using System.Text;
using Rempart.Api.Storage;
using Rempart.Node.Fetching;

namespace Rempart.Node.Tests.Fetching;

public sealed class FetchPartsTests
{
    [Fact]
    public void The_last_whole_head_counts()
    {
        var head = Head("HTTP/1.1 302 Found\r\nETag: \"a\"\r\n\r\nHTTP/1.1 206 Partial\r\netag: \"b\"\r\nContent-Length: 5\r\nContent-Range: bytes 5-9/10\r\n\r\nHTTP/1.1 200 OK\r\nETag: \"c\"\r\n");
        Assert.Equal(new ResponseHead(206, 10, "\"b\"", null), head);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("\r\n\r\n")]
    [InlineData("SSH-2.0\r\n\r\n")]
    [InlineData("HTTP/1.1 twelve\r\n\r\n")]
    public void What_is_no_head_is_none(string text) => Assert.Null(Head(text));

    [Theory]
    [InlineData("ETag: W/\"weak\"")]
    [InlineData("ETag: \"with\ttab\"")]
    [InlineData("ETag: bare")]
    [InlineData("Content-Length: -1")]
    [InlineData("Content-Length: 99999999999999999999")]
    [InlineData("Content-Range: bytes */x")]
    public void What_makes_no_sense_in_it_is_passed_over(string field) => Assert.Equal(new ResponseHead(200, null, null, null), Head($"HTTP/1.1 200 OK\r\n{field}\r\n\r\n"));

    [Theory]
    [InlineData("10.1.2.3", "10.1.0.0/16", true)]
    [InlineData("10.1.2.3", "10.0.0.0/8", true)]
    [InlineData("10.1.2.3", "10.2.0.0/16", false)]
    // Wider than what is guarded: it would open several things at once, so it opens none.
    [InlineData("10.1.2.3", "8.0.0.0/5", false)]
    [InlineData("169.254.169.254", "0.0.0.0/0", false)]
    [InlineData("169.254.169.254", "169.254.169.254/32", true)]
    [InlineData("fd00::1", "fd00::/16", true)]
    [InlineData("fd00::1", "::/0", false)]
    [InlineData("::ffff:10.1.2.3", "::ffff:0:0/96", false)]
    [InlineData("::ffff:10.1.2.3", "10.0.0.0/8", false)]
    [InlineData("93.184.215.14", "10.0.0.0/8", true)]
    public void An_exception_opens_what_it_lies_in(string address, string allowed, bool open) =>
        Assert.Equal(open, new EgressRules([IPNetwork.Parse(allowed)], [], new HashSet<int> { 443 }).Problem(IPAddress.Parse(address), 443) is null);

    [Theory]
    [InlineData("10.20.0.0/16", true)]
    [InlineData("127.0.0.1/32", true)]
    [InlineData("0.0.0.0/0", false)]
    [InlineData("8.8.8.0/24", false)]
    [InlineData("fc00::/7", true)]
    [InlineData("f000::/4", false)]
    public void Only_what_is_guarded_can_be_an_exception(string range, bool holds) => Assert.Equal(holds, GuardedRanges.Holds(IPNetwork.Parse(range)));

    private static ResponseHead? Head(string text) => ResponseHead.Last(Encoding.ASCII.GetBytes(text));
}
