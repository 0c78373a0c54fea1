using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Tests.Http;

public sealed class RequestInfoParserTests
{
    [Theory]
    [InlineData("GET", "/api/v1/namespaces/n/configmaps", "list", "", "configmaps", null, "n", null)]
    [InlineData("GET", "/api/v1/configmaps", "list", "", "configmaps", null, null, null)]
    [InlineData("POST", "/apis/compute.rempart.dev/v1/namespaces/n/virtualmachines/m/binding", "create", "compute.rempart.dev", "virtualmachines", "binding", "n", "m")]
    [InlineData("GET", "/api/v1/namespaces/n", "get", "", "namespaces", null, "n", "n")]
    [InlineData("PUT", "/api/v1/namespaces/n/finalize", "update", "", "namespaces", "finalize", "n", "n")]
    [InlineData("PATCH", "/api/v1/nodes/host1/status", "patch", "", "nodes", "status", null, "host1")]
    [InlineData("DELETE", "/api/v1/nodes", "deletecollection", "", "nodes", null, null, null)]
    [InlineData("GET", "/api/v1/watch/namespaces/n/pods", "watch", "", "pods", null, "n", null)]
    public void A_path_of_a_resource_is_taken_apart(string method, string path, string verb, string group, string resource, string? subresource, string? ns, string? name)
    {
        var info = RequestInfoParser.Parse(method, path, watch: false);
        Assert.Equal((verb, group, "v1", resource, subresource, ns, name), (info.Verb, info.Group, info.Version, info.Resource, info.Subresource, info.Namespace, info.Name));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/version")]
    [InlineData("/api/v1")]
    [InlineData("/apis/compute.rempart.dev/v1")]
    [InlineData("/api/v1//configmaps")]
    [InlineData("/api/v1/namespaces/../configmaps")]
    [InlineData("/api/v1/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r")]
    public void Any_other_path_is_no_resource(string path) => Assert.False(RequestInfoParser.Parse("GET", path, watch: false).IsResource);
}
