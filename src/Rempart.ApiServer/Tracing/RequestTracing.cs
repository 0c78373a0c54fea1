using System.Diagnostics;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Tracing;
using Rempart.ApiServer.Http;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Tracing;

/// <summary>
/// Spans of requests. A controller's or a node's request goes on with the trace that its header names. Everybody else begins one of their
/// own, whose id the server makes: that of a new machine for its creation, else the request's audit id. What their header names is only linked.
/// </summary>
internal static class RequestTracing
{
    /// <summary>The server's source.</summary>
    public static readonly ActivitySource Source = new(Spans.Prefix + "ApiServer");

    private const int HeaderLength = 55;
    private static readonly KindInfo Machine = KindInfo.Of<VirtualMachine>();

    /// <summary>Begins the span of a request whose caller is known; null when it is not traced. May give the request the uid of what it will create.</summary>
    public static Activity? Begin(RequestContext context)
    {
        var (info, caller) = (context.Info, context.RequiredCaller);
        if (info.Verb == "watch" || info.Subresource is "tunnel" or "console" or "upload" or "proxy") return null;
        var header = Header(context);
        var isNew = info.Verb == "create" && info.Subresource is null && info.Name is null;
        if (IsOurs(caller))
        {
            if (header == default) return null;
            if (isNew) context.NewUid = Guid.NewGuid().ToString();
            return Start(context, header, null);
        }
        if (info.Verb is not ("create" or "update" or "patch" or "delete" or "deletecollection")) return null;
        var isMachine = isNew && info.Resource == Machine.Plural && info.Group == Machine.Group;
        var first = MachineTrace.Of(isMachine ? context.NewUid = Guid.NewGuid().ToString() : context.AuditId);
        var span = Start(context, new ActivityContext(first.TraceId, default, first.TraceFlags), header == default ? null : [new ActivityLink(header)]);
        span?.SetCustomProperty(Spans.FirstAs, first.SpanId);
        return span;
    }

    /// <summary>Ends it.</summary>
    public static void End(RequestContext context)
    {
        if (context.Span is not { } span) return;
        var status = context.Http.Response.StatusCode;
        span.SetTag("http.response.status_code", status);
        if (status >= 500) span.SetStatus(ActivityStatusCode.Error);
        span.Dispose();
    }

    // Names are what an object's owner may see anyway; no bodies, no queries, no words of people.
    private static Activity? Start(RequestContext context, ActivityContext parent, IEnumerable<ActivityLink>? links)
    {
        var info = context.Info;
        var name = info.IsResource ? info.Subresource is { } sub ? $"{info.Verb} {info.Resource}/{sub}" : $"{info.Verb} {info.Resource}" : info.Verb;
        var span = Source.StartActivity(name, ActivityKind.Server, parent, tags: null, links, context.Now);
        if (span is null) return null;
        span.SetTag("rempart.audit.id", context.AuditId);
        span.SetTag("k8s.namespace.name", info.Namespace);
        span.SetTag("k8s.object.name", info.Name);
        return span;
    }

    private static bool IsOurs(Caller caller) => caller.ImpersonatedBy is null && (caller.Groups.Contains("system:controllers") || caller.Groups.Contains("system:nodes"));

    private static ActivityContext Header(RequestContext context) =>
        context.Http.Request.Headers.TraceParent is [{ Length: HeaderLength } text] && ActivityContext.TryParse(text, null, isRemote: true, out var parsed) ? parsed : default;
}
