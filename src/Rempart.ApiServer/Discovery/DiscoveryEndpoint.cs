using System.Text.Json;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Discovery;

/// <summary><c>/api</c>, <c>/apis</c>, <c>/api/v1</c>, <c>/apis/group</c>, <c>/apis/group/version</c>; made once, because kinds do not change.</summary>
internal sealed class DiscoveryEndpoint : IPathEndpoint
{
    private readonly Dictionary<string, byte[]> _legacy = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Path, string Version), TaggedDocument> _aggregated = [];

    public DiscoveryEndpoint(KindTable kinds, IReadOnlyList<ISubresource> subresources)
    {
        var tree = new DiscoveryTree(kinds, subresources);
        foreach (var (path, document) in LegacyDiscovery.Documents(tree)) _legacy[path] = Bytes(document);
        foreach (var version in (string[])["v2", "v2beta1"])
        {
            _aggregated[("/api", version)] = TaggedDocument.Of(Bytes(AggregatedDiscovery.Document(tree, core: true, version)));
            _aggregated[("/apis", version)] = TaggedDocument.Of(Bytes(AggregatedDiscovery.Document(tree, core: false, version)));
        }
    }

    public bool Serves(string path) => _legacy.ContainsKey(path.TrimEnd('/'));

    public Task<ApiResult?> GetAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var path = context.Info.Path.TrimEnd('/');
        if (path is "/api" or "/apis")
        {
            context.Http.Response.Headers.Vary = "Accept";
            var accept = AcceptHeader.Choose(context.Http.Request.Headers.Accept, discovery: true);
            if (accept.As == Presentation.Discovery)
            {
                return Task.FromResult<ApiResult?>(new TaggedResult(_aggregated[(path, accept.Version)])
                {
                    ContentType = $"application/json;g=apidiscovery.k8s.io;v={accept.Version};as=APIGroupDiscoveryList",
                });
            }
        }

        return Task.FromResult<ApiResult?>(new JsonResult(200, _legacy[path]));
    }

    private static byte[] Bytes(object document) => JsonSerializer.SerializeToUtf8Bytes(document);
}
