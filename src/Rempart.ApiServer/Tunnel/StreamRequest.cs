using Rempart.Api.Storage;
using Rempart.Api.Tunnel;

namespace Rempart.ApiServer.Tunnel;

/// <summary>A stream that somebody may open.</summary>
/// <param name="Kind">Kind of the object.</param>
/// <param name="Namespace">Its project; null for cluster-scoped kinds.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Stream">Type of the stream.</param>
/// <param name="AuditId">Id of the request in the audit trail.</param>
/// <param name="User">Who asked.</param>
internal sealed record StreamRequest(string Kind, string? Namespace, string Name, string Uid, string Stream, string AuditId, string User)
{
    /// <summary>Of an upload: what the bytes must be.</summary>
    public ImageSpec? Image { get; init; }

    /// <summary>Of an upload: how many bytes will come.</summary>
    public long? Length { get; init; }

    /// <summary>Of a fetch: where it may go.</summary>
    public FetchTerms? Fetch { get; init; }
}
