using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api.Audit;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Audit;

/// <summary>
/// <c>/audit/checkpoints</c>: the checkpoints of the audit trail and the key that verifies them, for <c>rempart audit verify</c>;
/// <c>/audit/checkpoints/latest</c>: the newest of them, for the nodes that keep it.
/// </summary>
/// <param name="checkpoints">The checkpoints.</param>
/// <param name="signer">Key whose public half is told.</param>
internal sealed class CheckpointsEndpoint(StoredCheckpoints checkpoints, ECDsa signer) : IPathEndpoint
{
    private const string All = "/audit/checkpoints";
    private const string Latest = "/audit/checkpoints/latest";

    private readonly string _key = signer.ExportSubjectPublicKeyInfoPem();

    public bool Serves(string path) => path is All or Latest;

    public async Task<ApiResult?> GetAsync(RequestContext context, CancellationToken cancellationToken)
    {
        if (context.Http.Request.Path == Latest)
        {
            return new JsonResult(200, new AuditCheckpointAnswer { PublicKey = _key, Checkpoint = checkpoints.Latest }.ToJson());
        }

        var all = await checkpoints.ListAsync(cancellationToken);
        return new JsonResult(200, JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["publicKey"] = _key,
            ["checkpoints"] = new JsonArray([.. all.Select(c => JsonNode.Parse(c.ToJson()))]),
        }));
    }
}
