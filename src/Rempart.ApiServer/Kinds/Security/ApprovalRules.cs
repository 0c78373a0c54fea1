using Rempart.Api.Meta;
using Rempart.Api.Security;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Security;

/// <summary>Rules of Approvals; who approved is written by admission.</summary>
internal sealed class ApprovalRules : TypedKindRules<Approval>
{
    private const int LongestComment = 1024;

    protected override void Validate(Approval document, Approval? old, FieldErrors errors)
    {
        errors.ObjectName("spec.template", document.Spec.Template);
        if (document.Spec.TemplateUid.Length is 0 or > 64) errors.Invalid("spec.templateUid", document.Spec.TemplateUid, "must be the template's `metadata.uid`");
        errors.Digest("spec.digest", document.Spec.Digest);
        errors.NotLonger("spec.comment", document.Spec.Comment, LongestComment);
        if (old is not null) errors.Unchanged("spec", document.Spec, old.Spec);
    }
}
