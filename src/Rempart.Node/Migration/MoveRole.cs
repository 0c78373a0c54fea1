namespace Rempart.Node.Migration;

/// <summary>Which end of a move this host is.</summary>
internal enum MoveRole
{
    /// <summary>The guest runs here and leaves.</summary>
    Source,

    /// <summary>The guest comes here.</summary>
    Target,
}
