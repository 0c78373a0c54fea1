using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Security;
using Rempart.Api.Storage;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;
using Rempart.Policy.Machines;

namespace Rempart.ApiServer.Approvals;

/// <summary>
/// Takes a person's word on a template: the person holds the verb <c>approve</c> on it by name (to be allowed to create Approvals is
/// not enough, nor is <c>*</c>), had no hand in it, and names what they looked at by UID and digest. The server adds who and which
/// write of the spec, and signs. An Approval is never changed; deleting it revokes it.
/// </summary>
/// <param name="authorizer">Asked for the verb <c>approve</c>.</param>
/// <param name="key">The cluster's approval key.</param>
internal sealed class ApprovalAdmission(IAuthorizer authorizer, ECDsa key) : IAdmissionPlugin
{
    private const int MaxComment = 1024;
    private static readonly KindInfo Kind = KindInfo.Of<Approval>();
    private static readonly Lock Signing = new();

    /// <inheritdoc/>
    public string Name => "Approval";

    /// <inheritdoc/>
    public async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind != Kind || request.Object is not { } document) return;
        if (request.Operation == AdmissionOperation.Update)
        {
            if (!JsonNode.DeepEquals(document["spec"], request.Old!.ToJson()["spec"])) throw Invalid(request, "FieldValueForbidden", "spec", "an approval can't be changed; delete it and approve again");
            return;
        }

        if (request.Operation != AdmissionOperation.Create || request.TryObjectAs<Approval>()?.Spec is not { } spec) return;
        if (Person.Problem(request.Caller) is { } problem) throw Failures.Forbidden(Kind, request.Name, problem);
        await CheckVerbAsync(request, spec.Template, cancellationToken);
        CheckWritten(request, spec);
        var template = await request.Objects.GetAsync<MachineTemplate>(null, spec.Template, cancellationToken)
            ?? throw Invalid(request, "FieldValueNotFound", "spec.template", $"machine template `{spec.Template}` does not exist");
        var images = await request.Objects.ListAsync<Image>(null, cancellationToken);
        CheckContent(request, spec, template, images);
        var approved = spec with { Approver = request.Caller.Name, TemplateGeneration = template.Metadata.Generation };
        var written = document.Child("spec");
        written["approver"] = approved.Approver;
        written["templateGeneration"] = approved.TemplateGeneration;
        lock (Signing) written["signature"] = ApprovalSignature.Sign(approved, key);
    }

    private async ValueTask CheckVerbAsync(AdmissionRequest request, string template, CancellationToken cancellationToken)
    {
        var decision = await authorizer.AuthorizeAsync(
            new AccessRequest { Caller = request.Caller, Verb = "approve", Group = "compute.rempart.dev", Resource = "machinetemplates", Name = template }, cancellationToken);
        if (!decision.Allowed) throw Failures.Forbidden(Kind, request.Name, $"user `{request.Caller.Name}` may not approve machine template `{template}`: {decision.Reason}; the verb `approve` must be granted by name, `*` does not hold it; ask a security officer", Template());
    }

    private static void CheckWritten(AdmissionRequest request, ApprovalSpec spec)
    {
        if (spec.Approver is not null) throw Invalid(request, "FieldValueForbidden", "spec.approver", "is set by the server from who asks; leave it out");
        if (spec.Signature is not null) throw Invalid(request, "FieldValueForbidden", "spec.signature", "is set by the server; leave it out");
        if (spec.TemplateGeneration is not null) throw Invalid(request, "FieldValueForbidden", "spec.templateGeneration", "is set by the server; leave it out");
        if (spec.Comment?.Length > MaxComment) throw Invalid(request, "FieldValueTooLong", "spec.comment", $"is longer than {MaxComment} characters");
    }

    private static void CheckContent(AdmissionRequest request, ApprovalSpec spec, MachineTemplate template, IReadOnlyCollection<Image> images)
    {
        if (spec.TemplateUid != template.Metadata.Uid) throw Invalid(request, "FieldValueInvalid", "spec.templateUid", $"machine template `{spec.Template}` has UID `{template.Metadata.Uid}`: it is not the one that was looked at");
        var digest = TemplateDigest.Of(template.Spec);
        if (spec.Digest != digest) throw Invalid(request, "FieldValueInvalid", "spec.digest", $"machine template `{spec.Template}` has digest `{digest}`: it was edited since it was looked at");
        if (TemplateImages.Problems(template.Spec, images) is [var first, ..]) throw Invalid(request, "FieldValueInvalid", "spec.template", first);
        if (TemplateAuthors.Conflict(template, images, request.Caller.Name) is { } conflict) throw Failures.Forbidden(Kind, request.Name, conflict, Template());
    }

    private static StatusCause[] Template() => [new StatusCause { Reason = "FieldValueForbidden", Field = "spec.template", Message = "may not be approved by who asks" }];

    private static ApiException Invalid(AdmissionRequest request, string reason, string field, string message) =>
        Failures.Invalid(Kind, request.Name, [new StatusCause { Reason = reason, Field = field, Message = message }]);
}
