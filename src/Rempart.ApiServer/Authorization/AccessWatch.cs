using Rempart.Api.Meta;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Authorization;

/// <summary>
/// Authenticates and authorizes the request of a watch or a stream again whenever roles or revocations change and now and then besides,
/// because these requests outlive certificates and roles. What can't be decided ends them too.
/// </summary>
/// <param name="gates">The pipeline's stages of authentication and authorization.</param>
/// <param name="changes">Tells when to look again.</param>
/// <param name="time">The clock.</param>
internal sealed class AccessWatch(IReadOnlyList<IRequestStage> gates, AccessChanges changes, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>Returns the reason once the caller may not any more.</summary>
    /// <param name="request">The request as it came.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async Task<string> LostAsync(RequestContext request, CancellationToken cancellationToken)
    {
        var status = await RefusedAsync(request, cancellationToken);
        return status.Code is 401 or 403 ? $"access was withdrawn: {status.Message}" : status.Message ?? "";
    }

    /// <summary>Returns the refusal once the caller may not any more.</summary>
    /// <param name="request">The request as it came.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async Task<ApiStatus> RefusedAsync(RequestContext request, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Before the question, so that a change while it is answered is not missed.
            var changed = changes.Next;
            if (await AskAsync(request, cancellationToken) is { } refusal) return refusal;
            using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(changed, Task.Delay(Every, time, over.Token));
            await over.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    private async Task<ApiStatus?> AskAsync(RequestContext request, CancellationToken cancellationToken)
    {
        try
        {
            // A context of its own: the first one's findings belong to the audit trail.
            var again = new RequestContext(request.Http, request.Info, request.AuditId, time);
            foreach (var gate in gates) await gate.RunAsync(again, cancellationToken);
            return null;
        }
        catch (ApiException refused)
        {
            return refused.Status;
        }
        catch (Exception undecided) when (undecided is not OperationCanceledException)
        {
            return Failures.Unavailable("whether access is still granted can't be decided now", undecided).Status;
        }
    }
}
