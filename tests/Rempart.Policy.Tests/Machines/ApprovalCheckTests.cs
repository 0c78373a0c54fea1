using System.Security.Cryptography;
using Rempart.Api.Compute;
using Rempart.Api.Security;
using Rempart.Policy.Machines;
using static Rempart.Policy.Tests.Machines.Templates;

namespace Rempart.Policy.Tests.Machines;

public sealed class ApprovalCheckTests : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Fact]
    public void A_template_that_somebody_else_approved_may_be_used()
    {
        var template = Template();

        var verdict = ApprovalCheck.Evaluate(template, [Image()], [Approve(template, "olga", key)], key);

        Assert.True(verdict.Approved, verdict.Message);
        Assert.Contains("`olga`", verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_that_nobody_approved_may_not() => Refused(Template(), [], "NotApproved");

    [Fact]
    public void An_edit_ends_the_approval()
    {
        var template = Template();
        var approval = Approve(template, "olga", key);

        Refused(Edit(template, "mallory", spec => spec with { Classes = ["small", "huge"] }), [approval], "edited since");
    }

    [Fact]
    public void An_edit_that_was_put_back_does_not_bring_the_approval_back()
    {
        var template = Template();
        var approval = Approve(template, "olga", key);
        var edited = Edit(template, "mallory", spec => spec with { Classes = ["huge"] });
        var back = Edit(edited, "mallory", _ => template.Spec);
        Assert.Equal(TemplateDigest.Of(template.Spec), TemplateDigest.Of(back.Spec));

        Refused(back, [approval], "put back");
        Assert.True(ApprovalCheck.Evaluate(back, [Image()], [Approve(back, "olga", key)], key).Approved);
    }

    [Fact]
    public void An_author_of_the_template_does_not_approve_it_even_one_who_wrote_later() =>
        Refused(Template("alice", "olga"), [Approve(Template(), "olga", key)], "`olga` is an author of machine template");

    [Fact]
    public void An_author_of_its_image_does_not_approve_it() => Refused(Template(), [Approve(Template(), "ivan", key)], "`ivan` is an author of image");

    [Fact]
    public void Without_known_authors_nobody_approves()
    {
        var template = Template() with { Status = null };

        Refused(template, [Approve(template, "olga", key)], "not known");
    }

    [Fact]
    public void A_template_that_was_made_anew_under_the_old_name_is_another_one()
    {
        var template = Template();
        var approval = Approve(template, "olga", key);

        Refused(template with { Metadata = template.Metadata with { Uid = "uid-2" } }, [approval], "earlier template");
    }

    [Fact]
    public void An_approval_that_the_cluster_did_not_sign_counts_for_nothing()
    {
        using var foreign = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var template = Template();
        var genuine = Approve(template, "olga", key);

        Refused(template, [Approve(template, "olga", foreign)], "signature");
        Refused(template, [Changed(genuine, spec => spec with { Approver = "oscar" })], "signature");
        Refused(template, [Changed(genuine, spec => spec with { Signature = null })], "signature");
        Refused(template, [Changed(genuine, spec => spec with { Signature = "not base64" })], "signature");
        Refused(Edit(template, "alice", spec => spec), [Changed(genuine, spec => spec with { TemplateGeneration = 2 })], "signature");
    }

    [Fact]
    public void An_image_that_is_missing_or_has_other_bytes_ends_the_approval()
    {
        var template = Template();
        var approval = Approve(template, "olga", key);
        var other = Image() with { Spec = Image().Spec with { Digest = "sha256:bb" } };

        Assert.Equal("ImageMissing", ApprovalCheck.Evaluate(template, [], [approval], key).Reason);
        Assert.Equal("ImageMissing", ApprovalCheck.Evaluate(template, [other], [approval], key).Reason);
    }

    [Fact]
    public void Equal_specs_have_equal_digests_and_each_difference_shows()
    {
        var spec = Template().Spec;
        string[] digests =
        [
            TemplateDigest.Of(spec),
            TemplateDigest.Of(spec with { Classes = ["large", "small"] }),
            TemplateDigest.Of(spec with { Devices = null }),
            TemplateDigest.Of(spec with { Boot = new TemplateBoot { Firmware = "Direct", CommandLine = "init=/bin/sh" } }),
            TemplateDigest.Of(spec with { RootDisk = spec.RootDisk with { Digest = "sha256:bb" } }),
        ];

        Assert.Equal(digests.Length, digests.Distinct().Count());
        Assert.Equal(digests[0], TemplateDigest.Of(Template().Spec));
        Assert.Matches("^sha256:[0-9a-f]{64}$", digests[0]);
    }

    [Fact]
    public void Canonical_text_has_sorted_members_and_no_blanks()
    {
        using var document = System.Text.Json.JsonDocument.Parse("""{ "b": [1, {"z": "é\n", "a": null}], "B": true, "a": "x" }""");

        Assert.Equal("""{"B":true,"a":"x","b":[1,{"a":null,"z":"é\n"}]}""", System.Text.Encoding.UTF8.GetString(CanonicalJson.Write(document.RootElement)));
    }

    public void Dispose() => key.Dispose();

    private static Approval Changed(Approval approval, Func<ApprovalSpec, ApprovalSpec> change) => approval with { Spec = change(approval.Spec) };

    private void Refused(MachineTemplate template, Approval[] approvals, string why)
    {
        var verdict = ApprovalCheck.Evaluate(template, [Image()], approvals, key);

        Assert.False(verdict.Approved);
        Assert.Contains(why, $"{verdict.Reason}: {verdict.Message}", StringComparison.Ordinal);
    }
}
