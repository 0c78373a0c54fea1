using Rempart.Api.Certificates;
using Rempart.Api.Infra;
using Rempart.Controllers.Certificates;
using Rempart.Controllers.Nodes;
using Rempart.Testing.Api;

namespace Rempart.Controllers.Tests.Certificates;

/// <summary>Certificate requests and tokens that are done go by themselves.</summary>
public sealed class CleanerTests : IAsyncDisposable
{
    private readonly ControllerWorld _world = new(TestContext.Current.CancellationToken, CertificateRequestCleaner.Registration, NodeTokenCleaner.Registration);

    [Fact]
    public async Task Decided_requests_go_after_an_hour_and_undecided_ones_after_a_day()
    {
        var now = _world.Time.GetUtcNow();
        foreach (var type in new[] { "Approved", "Denied", "Failed" })
        {
            Request($"{type}-old".ToLowerInvariant(), now.AddDays(-2), (type, now.AddMinutes(-61)));
            Request($"{type}-new".ToLowerInvariant(), now.AddDays(-2), (type, now.AddMinutes(-50)));
        }

        Request("undated", now.AddHours(-2), ("Approved", null));
        Request("pending-old", now.AddHours(-25), null);
        Request("pending-new", now.AddHours(-23), null);

        await _world.UntilAsync("five less", () => Names().Count == 4);
        Assert.Equal(["approved-new", "denied-new", "failed-new", "pending-new"], Names());
        _world.Time.Advance(TimeSpan.FromMinutes(11));
        await _world.UntilAsync("the decided ones", () => Names() is ["pending-new"]);
        _world.Time.Advance(TimeSpan.FromHours(1));
        await _world.UntilAsync("all of them", () => Names().Count == 0);
    }

    [Fact]
    public async Task Used_and_ended_tokens_go()
    {
        var now = _world.Time.GetUtcNow();
        Token("used-old", new NodeTokenStatus { ExpiresAt = now.AddHours(1), UsedAt = now.AddMinutes(-16), Node = "h1", Key = "k" });
        Token("used-new", new NodeTokenStatus { ExpiresAt = now.AddHours(1), UsedAt = now, Node = "h2", Key = "k" });
        Token("ended", new NodeTokenStatus { ExpiresAt = now.AddSeconds(-1) });
        Token("endless", null);
        Token("waiting", new NodeTokenStatus { ExpiresAt = now.AddHours(1) });

        await _world.UntilAsync("three less", () => Tokens().Count == 2);
        Assert.Equal(["used-new", "waiting"], Tokens());
        _world.Time.Advance(TimeSpan.FromMinutes(16));
        await _world.UntilAsync("the used one", () => Tokens() is ["waiting"]);
        _world.Time.Advance(TimeSpan.FromHours(1));
        await _world.UntilAsync("the ended one", () => Tokens().Count == 0);
    }

    public ValueTask DisposeAsync() => _world.DisposeAsync();

    private List<string> Names() => [.. new[] { "approved-old", "approved-new", "denied-old", "denied-new", "failed-old", "failed-new", "undated", "pending-old", "pending-new" }
        .Where(name => _world.Api.Find<CertificateSigningRequest>(null, name) is not null)];

    private List<string> Tokens() => [.. new[] { "used-old", "used-new", "ended", "endless", "waiting" }.Where(name => _world.Api.Find<NodeToken>(null, name) is not null)];

    private void Request(string name, DateTimeOffset created, (string Type, DateTimeOffset? At)? decision) => _world.Api.Seed(new CertificateSigningRequest
    {
        Metadata = new() { Name = name, CreationTimestamp = created },
        Spec = new() { Request = [], SignerName = "rempart.dev/client" },
        Status = decision is { } made ? new() { Conditions = [new() { Type = made.Type, Status = "True", LastUpdateTime = made.At }] } : null,
    });

    private void Token(string name, NodeTokenStatus? status) => _world.Api.Seed(new NodeToken { Metadata = new() { Name = name }, Spec = new() { Hash = [] }, Status = status });
}
