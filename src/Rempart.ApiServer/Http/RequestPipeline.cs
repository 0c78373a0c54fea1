using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Rempart.Api.Meta;
using Rempart.ApiServer.Audit;
using Rempart.ApiServer.Flow;
using Rempart.ApiServer.Metrics;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Tracing;
using Rempart.Store;

namespace Rempart.ApiServer.Http;

/// <summary>
/// The life of a request: the stages in their order, then the answer. This is the one place where exceptions become Status documents.
/// </summary>
internal sealed partial class RequestPipeline(IReadOnlyList<IRequestStage> stages, IRefusalAudit refusals, TimeSpan stall, TimeSpan longest, TimeProvider time, ILogger<RequestPipeline> logger)
{
    private static readonly Func<ILogger, string, IDisposable?> OfRequest = LoggerMessage.DefineScope<string>("{AuditId}");

    public async Task InvokeAsync(HttpContext http)
    {
        var cancellationToken = http.RequestAborted;
        var auditId = Guid.NewGuid().ToString();
        http.Response.Headers["Audit-Id"] = auditId;
        http.Response.Headers.CacheControl = "no-cache, private";
        var watch = http.Request.Query.TryGetValue("watch", out var value) && value is not ["0"] and not ["false"];
        var info = RequestInfoParser.Parse(http.Request.Method, PlainPath.Of(http) ?? PlainPath.None, watch);
        var context = new RequestContext(http, info, auditId, time) { Stall = stall };
        var began = time.GetTimestamp();
        using var scope = OfRequest(logger, auditId);
        RequestMetrics.Begun(info);
        // Streams end by themselves or by their own bounds; for everything else somebody waits, and holds a seat.
        using var deadline = FlowClassifier.Kind(info).Stream ? null : CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            deadline?.CancelAfter(context.Query.Timeout is { } asked && asked < longest ? asked : longest);
            foreach (var stage in stages) await stage.RunAsync(context, deadline?.Token ?? cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || context.IsBroken)
        {
            // The client has gone, or does not read; nobody is left to answer.
        }
        catch (OperationCanceledException) when (deadline is { IsCancellationRequested: true })
        {
            await RefuseAsync(context, Failures.TimeOver());
        }
        catch (Exception failure)
        {
            await RefuseAsync(context, Translate(failure));
        }
        finally
        {
            context.Permit?.Dispose();
            RequestTracing.End(context);
            RequestMetrics.Ended(info, http.Response.StatusCode, time.GetElapsedTime(began));
        }
    }

    private ApiException Translate(Exception failure)
    {
        switch (failure)
        {
            case ApiException known:
                return known;
            case BadHttpRequestException { StatusCode: 413 }:
                return Failures.TooLarge(BodyReader.MostBytes);
            case BadHttpRequestException bad:
                return Failures.BadRequest(bad.Message);
            // Kestrel's word for a chunk whose size is beyond its numbers.
            case IOException { InnerException: OverflowException } chunk:
                return Failures.BadRequest(chunk.Message);
            case StoreLimitException limit:
                return Failures.BadRequest(limit.Message);
            case StoreCompactedException:
                return Failures.Expired("The provided resource version is too old: list again.");
            case AuditUnavailableException { IsDiskFull: true } full:
                LogFull("audit trail", failure.Message);
                return Failures.NoRoom("the disk of the audit trail is full, and nothing is changed without its record: make room on the server's disk; reading goes on", full);
            case AuditUnavailableException unrecorded:
                LogFailed(unrecorded, failure.Message);
                return Failures.Unavailable("the audit trail can't be written, so nothing is changed: see the server's log", unrecorded);
            case StoreUnavailableException { IsDiskFull: true } full:
                LogFull("store", failure.Message);
                return Failures.NoRoom("the disk of the store is full, and nothing was changed: make room on the server's disk; reading goes on", full);
            case StoreUnavailableException unavailable:
                LogFailed(unavailable, failure.Message);
                return Failures.Unavailable("the store can't answer now; whether a change was written is unknown: read it again", unavailable);
            default:
                LogFailed(failure, failure.Message);
                return Failures.Internal("the request failed on the server; its log says why, under the request's Audit-Id", failure);
        }
    }

    private async Task RefuseAsync(RequestContext context, ApiException failure)
    {
        var response = context.Http.Response;
        if (failure.Code is 401 or 403 or 429)
        {
            try
            {
                await refusals.RefusedAsync(context, failure.Status);
            }
            catch (Exception unrecorded)
            {
                LogFailed(unrecorded, "a refusal could not be recorded in the audit trail");
                failure = unrecorded is AuditUnavailableException { IsDiskFull: true }
                    ? Failures.NoRoom("the disk of the audit trail is full, and no refusal is answered without its record: make room on the server's disk", unrecorded)
                    : Failures.Unavailable("the audit trail can't be written: nothing is answered until it can", unrecorded);
            }
        }

        if (response.HasStarted || response.BodyWriter.UnflushedBytes > 0)
        {
            // An answer that has begun can't be taken back: break the connection, so that it isn't taken for whole.
            context.Http.Abort();
            return;
        }

        response.Headers.Remove("Content-Encoding");
        if (failure.Status.Details?.RetryAfterSeconds is { } seconds) response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        await ResponseWriter.StatusAsync(context, failure.Status, context.Http.RequestAborted);
    }

    // Without its stack: on a full disk every write of every client comes here, and the log is on a disk too.
    [LoggerMessage(Level = LogLevel.Error, Message = "the disk of the {What} is full: {Reason}")]
    private partial void LogFull(string what, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "request failed: {Reason}")]
    private partial void LogFailed(Exception exception, string reason);
}
