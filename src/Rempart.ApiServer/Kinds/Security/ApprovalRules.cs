using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Api.Security;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Security;

/// <summary>Rules of Approvals: the approver is whom the server has authenticated.</summary>
internal sealed class ApprovalRules : TypedKindRules<Approval>
{
    private const int LongestComment = 1024;

    public override void PrepareForCreate(JsonObject document, WriteCall call)
    {
        if (document["spec"] is not JsonObject spec) return;
        if (spec.Text("approver") is { Length: > 0 } given && given != call.Caller.Name)
        {
            throw Failures.Forbidden(call.Target.Kind, document.Metadata().Text("name"), $"`spec.approver` is `{given}`, but you are `{call.Caller.Name}`: nobody approves in another's name");
        }

        spec["approver"] = call.Caller.Name;
        spec.Remove("signature");
    }

    protected override void Validate(Approval document, Approval? old, FieldErrors errors)
    {
        errors.ObjectName("spec.template", document.Spec.Template);
        if (document.Spec.TemplateUid.Length is 0 or > 64) errors.Invalid("spec.templateUid", document.Spec.TemplateUid, "must be the template's `metadata.uid`");
        errors.Digest("spec.digest", document.Spec.Digest);
        errors.NotLonger("spec.comment", document.Spec.Comment, LongestComment);
        if (old is not null) errors.Unchanged("spec", document.Spec, old.Spec);
    }
}
