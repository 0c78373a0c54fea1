using System.Net;
using System.Security.Cryptography;
using Rempart.Node.Tests.Volumes;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Fetching;

[Trait("level", "real")]
public sealed class EgressTests(JailedToolFixture jail) : IClassFixture<JailedToolFixture>
{
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes(1 << 20);

    [Theory]
    [InlineData("https://127.0.0.2:PORT/", "loopback")]
    [InlineData("https://2130706434:PORT/", "loopback")]
    [InlineData("https://[::1]:PORT/", "loopback")]
    [InlineData("https://169.254.169.254:PORT/latest/meta-data", "metadata")]
    [InlineData("https://[fe80::1]:PORT/", "link-local")]
    [InlineData("https://plane.test:PORT/", "10.0.0.0/8")]
    [InlineData("https://172.16.0.1:PORT/", "private")]
    [InlineData("https://192.168.1.1:PORT/", "private")]
    [InlineData("https://[::ffff:127.0.0.1]:PORT/", "inside an IPv6")]
    [InlineData("https://[64:ff9b::a00:1]:PORT/", "inside an IPv6")]
    [InlineData("https://[fd00::1]:PORT/", "private")]
    [InlineData("https://224.0.0.1:PORT/", "multicast")]
    [InlineData("https://0.0.0.0:PORT/", "this host")]
    [InlineData("https://198.41.0.4:PORT/", "of this host")]
    [InlineData("https://images.test:22/", "port 22")]
    [InlineData("http://images.test:PORT/", "not https")]
    [InlineData("file:///etc/passwd", "not https")]
    [InlineData("gopher://images.test:PORT/", "not https")]
    public async Task A_redirect_to_what_is_not_allowed_goes_nowhere(string to, string says)
    {
        await using var world = new FetchWorld(jail);
        world.Names = name => name switch
        {
            FileServer.Name => [IPAddress.Loopback],
            "plane.test" => [IPAddress.Parse("10.201.0.1"), IPAddress.Parse("10.201.0.2")],
            "2130706434" => [IPAddress.Parse("127.0.0.2")],
            _ => [IPAddress.Parse(name)],
        };
        world.Server.Answer = (_, stream, cancel) => FileServer.RedirectAsync(stream, to.Replace("PORT", $"{world.Server.Port}", StringComparison.Ordinal), cancel);
        await world.RefusedAsync(VolumeFault.EgressDenied, says, () => world.FetchAsync(Bytes));
        Assert.Equal(1, world.Server.Connections);
    }

    [Fact]
    public async Task Without_an_exception_loopback_is_not_reached_at_all()
    {
        await using var world = new FetchWorld(jail);
        world.Terms = world.Terms with { AllowedRanges = [] };
        await world.RefusedAsync(VolumeFault.EgressDenied, "`images.test` leads to `127.0.0.1", () => world.FetchAsync(Bytes));
        Assert.Equal(0, world.Server.Connections);
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_the_next_time_is_held_to_the_rules_again()
    {
        await using var world = new FetchWorld(jail);
        var asked = 0;
        world.Names = _ => [IPAddress.Parse(++asked == 1 ? "127.0.0.1" : "10.0.0.1")];
        world.Server.Answer = (_, stream, cancel) => FileServer.RedirectAsync(stream, world.Server.Url("/again").AbsoluteUri, cancel);
        await world.RefusedAsync(VolumeFault.EgressDenied, "10.0.0.1", () => world.FetchAsync(Bytes));
        // Each connection is one question, and goes where that answer led.
        Assert.Equal((2, 1), (asked, world.Server.Connections));
    }

    [Fact]
    public async Task Of_several_addresses_only_those_that_are_allowed_are_tried()
    {
        await using var world = new FetchWorld(jail);
        world.Names = _ => [IPAddress.Parse("10.0.0.1"), IPAddress.Loopback];
        world.Server.Answer = (request, stream, cancel) => FileServer.SendAsync(request, stream, Bytes, null, cancel);
        Assert.Equal(Bytes.Length, (await world.FetchAsync(Bytes)).Size);
    }

    [Fact]
    public async Task Redirects_without_end_are_refused()
    {
        await using var world = new FetchWorld(jail);
        world.Server.Answer = (_, stream, cancel) => FileServer.RedirectAsync(stream, "/again", cancel);
        await world.RefusedAsync(VolumeFault.Refused, "redirects more than 5", () => world.FetchAsync(Bytes));
        Assert.Equal(6, world.Server.Requests.Count);
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_not_reached()
    {
        await using var world = new FetchWorld(jail);
        await world.RefusedAsync(VolumeFault.Unreachable, "can't be reached", () => world.FetchAsync(Bytes, world.Server.Url(host: "gone.test").AbsoluteUri));
    }

    [Theory]
    [InlineData("https://127.0.0.1:PORT/")]
    [InlineData("https://[::1]:PORT/")]
    public async Task A_fetcher_that_goes_past_the_broker_reaches_nobody(string url)
    {
        await using var world = new FetchWorld(jail);
        // As if curl were taken over: the same jail, without the proxy.
        var result = await jail.Tool.RunAsync(new JailedToolRun
        {
            Program = "/usr/bin/curl",
            Arguments = ["-q", "-sS", "--insecure", "--max-time", "10", url.Replace("PORT", $"{world.Server.Port}", StringComparison.Ordinal)],
            Connects = true,
            TimeLimit = TimeSpan.FromSeconds(30),
        }, TestContext.Current.CancellationToken);
        Assert.Equal(7, result.ExitCode);
        Assert.Equal(0, world.Server.Connections);
    }

    [Fact]
    public async Task It_is_another_user_than_the_tools_that_read_files()
    {
        async Task<string> StatusAsync(bool connects) => (await jail.Tool.RunAsync(new JailedToolRun { Program = "/usr/bin/cat", Arguments = ["/proc/self/status"], Connects = connects, TimeLimit = TimeSpan.FromSeconds(30) }, TestContext.Current.CancellationToken)).Output;
        var status = await StatusAsync(connects: true);
        Assert.Matches(@"CapEff:\s+0000000000000000", status);
        Assert.Matches(@"NoNewPrivs:\s+1", status);
        Assert.Matches(@"Seccomp:\s+2", status);
    }
}
