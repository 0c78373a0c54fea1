namespace Rempart.ApiServer.OpenApi;

/// <summary>The two forms of OpenAPI that clients ask for.</summary>
internal enum OpenApiVersion
{
    /// <summary>Swagger 2.0: definitions, parameters of the body.</summary>
    V2,

    /// <summary>OpenAPI 3.0: components, request bodies.</summary>
    V3,
}
