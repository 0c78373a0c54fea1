using Rempart.Api.Meta;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Tunnel;

/// <summary>
/// Authenticates and authorizes the request of a stream again and again, because streams outlive certificates and roles. What can't be
/// decided ends the stream too.
/// </summary>
/// <param name="gates">The pipeline's stages of authentication and authorization.</param>
/// <param name="time">The clock.</param>
internal sealed class AccessWatch(IReadOnlyList<IRequestStage> gates, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    /// <summary>Returns the reason once the caller may not any more.</summary>
    /// <param name="request">The request as it came.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    public async Task<string> LostAsync(RequestContext request, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Every, time, cancellationToken);
            try
            {
                // A context of its own: the first one's findings belong to the audit trail.
                var again = new RequestContext(request.Http, request.Info, request.AuditId, time);
                foreach (var gate in gates) await gate.RunAsync(again, cancellationToken);
            }
            catch (ApiException refused)
            {
                return $"access was withdrawn: {refused.Message}";
            }
            catch (Exception undecided) when (undecided is not OperationCanceledException)
            {
                return "whether access is still granted can't be decided now";
            }
        }
    }
}
