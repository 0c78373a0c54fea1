using Rempart.Api.Coordination;
using Rempart.ApiServer.Flow;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Fencing;

/// <summary>Takes the token of a leader's request, for its commit to look at. What is no commit is looked at here.</summary>
internal sealed class FenceStage(FenceBook fences) : IRequestStage
{
    private const string Controllers = "system:controller:";

    public async ValueTask RunAsync(RequestContext context, CancellationToken cancellationToken)
    {
        if (!context.Http.Request.Headers.TryGetValue(FencingToken.Header, out var header)) return;
        // For anybody else it would be an oracle of who holds which lease.
        if (!context.RequiredCaller.Name.StartsWith(Controllers, StringComparison.Ordinal)) throw Failures.BadRequest($"`{FencingToken.Header}` is for the cluster's controllers: leave it out");
        if (header is not [{ } text] || !FencingToken.TryParse(text, out var token)) throw Failures.BadRequest($"`{FencingToken.Header}` must be `NAMESPACE/LEASE TRANSITIONS HOLDER`");
        if (context.Info.Verb is "get" or "list" or "watch") return;
        context.Fence = token;
        await fences.CheckAsync(token, fresh: FlowClassifier.Kind(context.Info).Stream, cancellationToken);
    }
}
