using Rempart.Api.Meta;
using Rempart.Api.Versions;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Skew;

/// <summary>
/// Refuses agents whose version is newer than the server's or too old for it. No protection: who speaks as a node may say what they like, and has the rights of
/// that node, whatever the version.
/// </summary>
internal sealed class AgentSkewStage(ProgramVersion own) : IRequestStage
{
    private const string Agent = "rempart-node/";

    public ValueTask RunAsync(RequestContext context, CancellationToken cancellationToken)
    {
        var said = context.Http.Request.Headers.UserAgent.ToString();
        if (!said.StartsWith(Agent, StringComparison.Ordinal) || !ProgramVersion.TryParse(said[Agent.Length..].Split(' ')[0], out var version)) return ValueTask.CompletedTask;
        if (VersionSkew.OfAgent(own, version) is not { } refusal) return ValueTask.CompletedTask;
        throw ApiException.Failure(403, StatusReason.Forbidden, refusal, new StatusDetails { Causes = [new StatusCause { Reason = VersionSkew.Reason, Message = refusal }] });
    }
}
