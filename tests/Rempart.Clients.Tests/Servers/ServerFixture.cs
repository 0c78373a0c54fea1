namespace Rempart.Clients.Tests.Servers;

/// <summary>One server for all tests of a class.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public RealServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RealServer.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
