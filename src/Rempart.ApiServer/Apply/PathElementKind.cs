namespace Rempart.ApiServer.Apply;

/// <summary>What tells a step into a document, in the order of FieldsV1.</summary>
internal enum PathElementKind
{
    /// <summary>A name.</summary>
    Field,

    /// <summary>The keys of a list's item.</summary>
    Key,

    /// <summary>The value of a set's item.</summary>
    Value,

    /// <summary>The place in a list; read, never written by this server.</summary>
    Index,
}
