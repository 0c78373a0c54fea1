namespace Rempart.ApiServer.Tables;

/// <summary>What of each object a table's row carries besides its cells (query parameter <c>includeObject</c>).</summary>
internal enum TableInclude
{
    /// <summary>Its metadata, as <c>PartialObjectMetadata</c>; the default.</summary>
    Metadata,

    /// <summary>Nothing.</summary>
    None,

    /// <summary>All of it.</summary>
    Object,
}
