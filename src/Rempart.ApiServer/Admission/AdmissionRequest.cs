using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;
using Rempart.Store;

namespace Rempart.ApiServer.Admission;

/// <summary>A write that was authenticated, authorized, decoded and defaulted, on its way to the store.</summary>
internal sealed record AdmissionRequest
{
    /// <summary>What is done.</summary>
    public required AdmissionOperation Operation { get; init; }

    /// <summary>Kind of the object.</summary>
    public required KindInfo Kind { get; init; }

    /// <summary>Namespace; null for cluster-scoped kinds.</summary>
    public required string? Namespace { get; init; }

    /// <summary>Name.</summary>
    public required string Name { get; init; }

    /// <summary>Subresource by which the object is written, such as <c>status</c> or <c>binding</c>; null for the object itself.</summary>
    public string? Subresource { get; init; }

    /// <summary>The new document; null when it is deleted. Plugins that mutate change it in place.</summary>
    public JsonObject? Object { get; init; }

    /// <summary>The stored document; null when the object is new. Not to be changed.</summary>
    public CachedObject? Old { get; init; }

    /// <summary>Who writes.</summary>
    public required Caller Caller { get; init; }

    /// <summary>True when nothing will be written.</summary>
    public bool DryRun { get; init; }

    /// <summary>True for a deletion that was asked for without grace.</summary>
    public bool Forced { get; init; }

    /// <summary>Time of the request.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>True for the server's own writes: plugins are not asked.</summary>
    public bool ByServer { get; init; }

    /// <summary>Id of the request in the audit trail.</summary>
    public string AuditId { get; init; } = "";

    /// <summary>All other objects, as new as the store was when the request was decoded.</summary>
    public required IObjectReader Objects { get; init; }

    /// <summary>Sentences that the caller gets in Warning headers.</summary>
    public ICollection<string> Warnings { get; init; } = [];

    /// <summary>Further keys that the commit of this write also writes or looks at.</summary>
    public IList<StoreWrite> Together { get; init; } = [];

    /// <summary>Typed view of the new document while plugins mutate; null when it lacks required fields, which validation will name.</summary>
    public T? TryObjectAs<T>() where T : ApiObject
    {
        try
        {
            return ObjectAs<T>();
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>Typed view of the new document; made anew at each call, because the document may change.</summary>
    public T ObjectAs<T>() where T : ApiObject =>
        System.Text.Json.JsonSerializer.Deserialize<T>(Object ?? throw new InvalidOperationException("a deletion has no new document"), Api.ApiJson.Lenient)!;
}
