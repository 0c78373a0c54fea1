using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary>
/// OpenID Connect Discovery of the issuer of tokens, and its public keys (RFC 7517): with them others can check tokens by themselves.
/// As in Kubernetes only service accounts may read it unless somebody is given role <c>system:service-account-issuer-discovery</c>.
/// </summary>
internal sealed class IssuerEndpoint : IPathEndpoint
{
    private const string Discovery = "/.well-known/openid-configuration";
    private const string KeySet = "/openid/v1/jwks";

    private readonly byte[] _discovery;
    private readonly byte[] _keySet;

    public IssuerEndpoint(ServiceAccountKeys keys, string issuer)
    {
        _discovery = JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["issuer"] = issuer,
            ["jwks_uri"] = issuer.TrimEnd('/') + KeySet,
            ["response_types_supported"] = new JsonArray("id_token"),
            ["subject_types_supported"] = new JsonArray("public"),
            ["id_token_signing_alg_values_supported"] = new JsonArray("ES256"),
        });
        _keySet = JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["keys"] = new JsonArray([.. keys.Published.Select(key => (JsonNode)new JsonObject
            {
                ["use"] = "sig",
                ["kty"] = "EC",
                ["kid"] = key.Id,
                ["crv"] = "P-256",
                ["alg"] = "ES256",
                ["x"] = Base64Url.EncodeToString(key.Public.Q.X),
                ["y"] = Base64Url.EncodeToString(key.Public.Q.Y),
            })]),
        });
    }

    public bool Serves(string path) => path.TrimEnd('/') is Discovery or KeySet;

    public Task<ApiResult?> GetAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var keySet = context.Info.Path.TrimEnd('/') == KeySet;
        context.Http.Response.Headers.CacheControl = "public, max-age=3600";
        return Task.FromResult<ApiResult?>(keySet ? new JsonResult(200, _keySet) { ContentType = "application/jwk-set+json" } : new JsonResult(200, _discovery));
    }
}
