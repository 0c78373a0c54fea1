using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Tests.Http;

public sealed class PlainPathTests
{
    [Theory]
    [InlineData("/api/v1/namespaces/default/configmaps/a.b", true)]
    [InlineData("/api/v1/configmaps/.hidden", true)]
    [InlineData("/api/v1/configmaps/...x", true)]
    [InlineData("/api/v1/configmaps?x=//..", true)]
    [InlineData("/openapi/v3/apis/compute.rempart.dev/v1", true)]
    [InlineData("/", true)]
    [InlineData("/api/", true)]
    [InlineData("/api//v1", false)]
    [InlineData("//api", false)]
    [InlineData("/api/../x", false)]
    [InlineData("/api/..", false)]
    [InlineData("/api/.", false)]
    [InlineData("/api/%2e%2E/x", false)]
    [InlineData("/api/.%2e", false)]
    [InlineData("/api/%2e", false)]
    public void A_path_is_taken_as_it_is_written(string target, bool plain) => Assert.Equal(plain, PlainPath.IsPlain(target));
}
