using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Machines;

namespace Rempart.ApiServer.Approvals;

/// <summary>Keeps the record of who wrote a template or an image, which nobody can write themselves: it decides who may not approve.</summary>
internal sealed class AuthorshipAdmission : IAdmissionPlugin
{
    private static readonly KindInfo Template = KindInfo.Of<MachineTemplate>();
    private static readonly KindInfo Picture = KindInfo.Of<Image>();

    /// <inheritdoc/>
    public string Name => "Authorship";

    /// <inheritdoc/>
    public ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if ((request.Kind != Template && request.Kind != Picture) || request.Object is not { } document) return ValueTask.CompletedTask;
        var old = request.Old?.ToJson();
        if (request.Subresource is not null)
        {
            var status = document.Child("status");
            var kept = old?["status"] as JsonObject ?? [];
            status.Take("authors", kept);
            if (request.Kind == Template) status.Take("digest", kept);
            return ValueTask.CompletedTask;
        }

        if (old is not null && JsonNode.DeepEquals(old["spec"], document["spec"])) return ValueTask.CompletedTask;
        var authors = (old?["status"]?["authors"] as JsonArray ?? []).Select(author => author?.GetValue<string>() ?? "").Append(request.Caller.Name).Distinct();
        document.Child("status")["authors"] = new JsonArray([.. authors.Select(author => (JsonNode)author)]);
        if (request.Kind == Template && request.TryObjectAs<MachineTemplate>() is { } template) document.Child("status")["digest"] = TemplateDigest.Of(template.Spec);
        return ValueTask.CompletedTask;
    }
}
