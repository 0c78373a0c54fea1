namespace Rempart.ApiServer.Tests.Http;

/// <summary>What stories of kubectl have in common: a server each, the real kubectl, and an object to try it with.</summary>
public abstract class KubectlTests : IAsyncLifetime
{
    /// <summary>A ConfigMap; more data may follow.</summary>
    protected const string SmallMap = """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: settings
          labels: {app: web}
        data:
          color: red
        """;

    private protected TestServer Server { get; private set; } = null!;

    private protected KubectlShell Kubectl { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await TestServer.StartAsync();
        Kubectl = new KubectlShell(Server);
    }

    public async ValueTask DisposeAsync()
    {
        Kubectl.Dispose();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
