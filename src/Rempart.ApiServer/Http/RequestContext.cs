using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Rempart.Api.Coordination;
using Rempart.ApiServer.Flow;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Http;

/// <summary>A request on its way through the stages, each of which adds what it found out.</summary>
internal sealed class RequestContext(HttpContext http, RequestInfo info, string auditId, TimeProvider time)
{
    private AcceptHeader? _accepted;

    /// <summary>The connection's request and response.</summary>
    public HttpContext Http { get; } = http;

    /// <summary>What is asked for.</summary>
    public RequestInfo Info { get; } = info;

    /// <summary>Id of the request in the audit trail and in the Audit-Id header.</summary>
    public string AuditId { get; } = auditId;

    /// <summary>When the request came.</summary>
    public DateTimeOffset Now { get; } = time.GetUtcNow();

    /// <summary>Prints tables.</summary>
    public TablePresenter Tables { get; } = new(time);

    /// <summary>The shape in which objects are answered.</summary>
    public Presentation Shape => Accepted.As;

    /// <summary>apiVersion of tables and metadata: clients older than Kubernetes 1.15 know <c>meta.k8s.io/v1beta1</c> only.</summary>
    public string MetaVersion => $"meta.k8s.io/{(Accepted.Version.Length == 0 ? "v1" : Accepted.Version)}";

    /// <summary>Query parameters.</summary>
    public RequestQuery Query { get; } = new(http.Request.Query);

    /// <summary>Who asks; set by authentication.</summary>
    public Caller? Caller { get; set; }

    /// <summary>Why the request may go on, or may not; set by authorization.</summary>
    public AccessDecision? Decision { get; set; }

    /// <summary>The term of leadership that the request was made in; null for who is not elected.</summary>
    public FencingToken? Fence { get; set; }

    /// <summary>The request's place among all others; given back when it is over.</summary>
    public FlowPermit? Permit { get; set; }

    /// <summary>The request's span; null when it is not traced.</summary>
    public Activity? Span { get; set; }

    /// <summary>The uid that the new object gets; null for one made then.</summary>
    public string? NewUid { get; set; }

    /// <summary>How long a part of the answer waits for its reader.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether the connection was broken because nobody read the answer.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>Sentences for Warning headers.</summary>
    public List<string> Warnings { get; } = [];

    /// <summary>Who asks, behind authentication.</summary>
    public Caller RequiredCaller => Caller ?? throw new InvalidOperationException("the request was not authenticated");

    private AcceptHeader Accepted => _accepted ??= AcceptHeader.Choose(Http.Request.Headers.Accept);

    /// <summary>Breaks the connection.</summary>
    public void Break()
    {
        IsBroken = true;
        Http.Abort();
    }
}
