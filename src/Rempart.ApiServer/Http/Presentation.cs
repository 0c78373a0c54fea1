namespace Rempart.ApiServer.Http;

/// <summary>Shapes in which objects are answered.</summary>
internal enum Presentation
{
    /// <summary>As they are.</summary>
    Document,

    /// <summary>meta.k8s.io/v1 Table.</summary>
    Table,

    /// <summary>meta.k8s.io/v1 PartialObjectMetadata and its list.</summary>
    PartialMetadata,

    /// <summary>apidiscovery.k8s.io/v2 APIGroupDiscoveryList.</summary>
    Discovery,
}
