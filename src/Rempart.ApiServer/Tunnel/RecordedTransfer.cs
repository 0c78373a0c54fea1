using Rempart.Api.Meta;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Tunnel;

/// <summary>The transfer of an image in the audit trail: what was begun before its first byte, and how it ended whichever way it did.</summary>
internal static class RecordedTransfer
{
    /// <param name="audit">The trail.</param>
    /// <param name="context">The request.</param>
    /// <param name="what">`upload` or `fetch`.</param>
    /// <param name="beginning">What begins.</param>
    /// <param name="transfer">Does it, and says how it ended.</param>
    /// <param name="cancellationToken">The client's.</param>
    public static async Task RunAsync(IStreamAudit audit, RequestContext context, string what, string beginning, Func<Task<string>> transfer, CancellationToken cancellationToken)
    {
        await audit.OpeningAsync(context, beginning, cancellationToken);
        var (status, note) = (500, $"the {what} failed on the server");
        try
        {
            (status, note) = (200, await transfer());
        }
        catch (ApiException refused)
        {
            (status, note) = (refused.Code, refused.Message);
            throw;
        }
        catch (OperationCanceledException)
        {
            (status, note) = (499, "the client has gone");
            throw;
        }
        finally
        {
            await audit.EndedAsync(context, status, note);
        }
    }
}
