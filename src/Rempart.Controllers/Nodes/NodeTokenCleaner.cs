using Rempart.Api.Infra;
using Rempart.Runtime;
using Rempart.Runtime.Controllers;

namespace Rempart.Controllers.Nodes;

/// <summary>Removes tokens that have ended, and used ones a quarter of an hour after: until then the same host may ask again for an answer that was lost.</summary>
internal sealed class NodeTokenCleaner(ControllerContext context) : IReconciler
{
    private static readonly TimeSpan AfterUse = TimeSpan.FromMinutes(15);

    public static ControllerRegistration Registration { get; } = new(
        new ControllerSpec { Name = "node-token", Reads = [ControllerInput.Self<NodeToken>()], Writes = [ControllerOutput.Objects<NodeToken>()] },
        context => new NodeTokenCleaner(context));

    /// <summary>When a token is to be removed. One without an end never counted.</summary>
    public static DateTimeOffset Due(NodeToken token)
    {
        var ends = token.Status?.ExpiresAt ?? DateTimeOffset.MinValue;
        return token.Status?.UsedAt is { } used && used + AfterUse < ends ? used + AfterUse : ends;
    }

    public async ValueTask<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (context.Cache<NodeToken>().Get(key) is not { } token) return ReconcileResult.Done;
        var left = Due(token) - context.Time.GetUtcNow();
        if (left > TimeSpan.Zero) return ReconcileResult.After(left);
        await context.Client.DeleteAsync<NodeToken>(null, key.Name, new() { Preconditions = new() { Uid = token.Metadata.Uid } }, cancellationToken);
        return ReconcileResult.Done;
    }
}
