using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api.Audit;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Audit;

/// <summary><c>/audit/checkpoints</c>: the checkpoints of the audit trail and the key that verifies them, for <c>rempart audit verify</c>.</summary>
/// <param name="read">Reads all of them.</param>
/// <param name="signer">Key whose public half is told.</param>
internal sealed class CheckpointsEndpoint(Func<CancellationToken, Task<IReadOnlyList<AuditCheckpoint>>> read, ECDsa signer) : IPathEndpoint
{
    public bool Serves(string path) => path is "/audit/checkpoints";

    public async Task<ApiResult?> GetAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var checkpoints = await read(cancellationToken);
        return new JsonResult(200, JsonSerializer.SerializeToUtf8Bytes(new JsonObject
        {
            ["publicKey"] = signer.ExportSubjectPublicKeyInfoPem(),
            ["checkpoints"] = new JsonArray([.. checkpoints.Select(c => JsonNode.Parse(c.ToJson()))]),
        }));
    }
}
