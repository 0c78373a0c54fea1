using Rempart.Api;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.OpenApi;

/// <summary><c>kubectl explain</c> of every kind that is served, and of every field, by the real kubectl.</summary>
[Trait("level", "real")]
public sealed class ExplainTests : IAsyncLifetime
{
    private TestServer server = null!;
    private KubectlShell kubectl = null!;

    public async ValueTask InitializeAsync()
    {
        server = await TestServer.StartAsync();
        kubectl = new KubectlShell(server);
    }

    public async ValueTask DisposeAsync()
    {
        kubectl.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Every_kind_is_explained_whole()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        foreach (var kind in ApiKinds.All.Concat(ApiKinds.Further))
        {
            var text = await kubectl.RunAsync($"explain {kind.Plural} --api-version={kind.ApiVersion} --recursive");
            Assert.Matches($"KIND: +{kind.Kind}\n", text);
            Assert.Matches($"VERSION: +{kind.Version}\n", text);
            Assert.DoesNotContain("<empty>", text, StringComparison.Ordinal);
            Assert.Contains("\n  apiVersion\t<string>", text, StringComparison.Ordinal);
            Assert.True(kind.Virtual || text.Contains("  metadata\t<ObjectMeta>", StringComparison.Ordinal), text);
        }
    }

    [Theory]
    [InlineData("vm.spec.volumes", "RESOURCE: volumes|FIELD: volumes")]
    [InlineData("sa.secrets.fieldPath", "FIELD: fieldPath <string>")]
    [InlineData("csr.spec.extra", "FIELD: extra <map\\[string\\]\\[\\]string>")]
    [InlineData("node.status.conditions.lastHeartbeatTime", "FIELD: lastHeartbeatTime <string>")]
    [InlineData("event.series", "FIELD: series <EventSeries>")]
    [InlineData("secret.data", "FIELD: data <map\\[string\\]string>")]
    [InlineData("lease.spec.renewTime", "FIELD: renewTime <string>")]
    [InlineData("localsubjectaccessreview.spec.resourceAttributes.fieldSelector.requirements.operator", "FIELD: operator <string>")]
    [InlineData("tokenreview.status.user.extra", "FIELD: extra")]
    public async Task A_path_is_explained(string path, string says)
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        var text = await kubectl.RunAsync($"explain {path}");
        Assert.Matches(says, text);
        Assert.Matches("DESCRIPTION:\n    [A-Z`]", text);
    }

    [Fact]
    public async Task Both_formats_and_both_versions_of_an_event_are_explained()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        Assert.Contains("involvedObject", await kubectl.RunAsync("explain events"), StringComparison.Ordinal);
        Assert.Contains("regarding", await kubectl.RunAsync("explain events --api-version events.k8s.io/v1"), StringComparison.Ordinal);
        Assert.Contains("\"openapi\"", await kubectl.RunAsync("get --raw /openapi/v3/apis/events.k8s.io/v1"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Strict_validation_by_the_client_finds_what_is_wrong_before_anything_is_sent()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        await kubectl.RunAsync("apply --validate=strict -f -", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}}""");
        var (code, _, error) = await kubectl.TryAsync("apply --validate=strict -f -", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"colour":"red"}""");
        Assert.NotEqual(0, code);
        Assert.Contains("unknown field \"colour\"", error, StringComparison.Ordinal);
    }
}
