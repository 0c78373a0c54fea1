namespace Rempart.ApiServer.Validation;

/// <summary>How the items of a list are told apart when documents are merged and fields have owners (<c>x-kubernetes-list-type</c>).</summary>
internal enum ListType
{
    /// <summary>They are not: the list is one value.</summary>
    Atomic,

    /// <summary>By their value.</summary>
    Set,

    /// <summary>By the fields of <see cref="Schema.MapKeys"/>.</summary>
    Map,
}
