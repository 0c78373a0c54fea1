namespace Rempart.ApiServer.Flow;

/// <summary>What a request costs.</summary>
/// <param name="Stream">It goes on after its answer has begun: a watch, a console, an upload, a tunnel.</param>
/// <param name="Recorded">It leaves records in the audit trail.</param>
internal sealed record FlowKind(bool Stream, bool Recorded);
