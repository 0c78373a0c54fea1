using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Http;

/// <summary>The first acceptable media type that we can give: JSON in one of its presentations. Clients that prefer protobuf always accept JSON too.</summary>
/// <param name="As">Shape.</param>
/// <param name="Version">Version of the shape's group.</param>
internal readonly record struct AcceptHeader(Presentation As, string Version)
{
    private const int MostTypes = 32;

    public static AcceptHeader Choose(StringValues header, bool discovery = false)
    {
        if (StringValues.IsNullOrEmpty(header)) return new(Presentation.Document, "");
        if (!MediaTypeHeaderValue.TryParseList(header.OfType<string>().ToList(), out var types)) return new(Presentation.Document, "");
        foreach (var type in types.Take(MostTypes).OrderByDescending(t => t.Quality ?? 1))
        {
            if (type.MediaType.Value is not ("application/json" or "application/*" or "*/*")) continue;
            var (shape, group, version) = (Parameter(type, "as"), Parameter(type, "g"), Parameter(type, "v"));
            if (shape is null) return new(Presentation.Document, "");
            if (discovery && shape == "APIGroupDiscoveryList" && group == "apidiscovery.k8s.io" && version is "v2" or "v2beta1") return new(Presentation.Discovery, version);
            if (discovery || group != "meta.k8s.io" || version is not ("v1" or "v1beta1")) continue;
            if (shape == "Table") return new(Presentation.Table, version);
            if (shape is "PartialObjectMetadata" or "PartialObjectMetadataList") return new(Presentation.PartialMetadata, version);
        }

        throw Failures.NotAcceptable();
    }

    private static string? Parameter(MediaTypeHeaderValue type, string name) => type.Parameters.FirstOrDefault(p => p.Name == name)?.Value.Value;
}
