using System.Security.Cryptography;
using Rempart.Api.Compute;
using Rempart.Policy.Machines;
using static Rempart.Policy.Tests.Machines.Templates;

namespace Rempart.Policy.Tests.Machines;

public sealed class MachineAdmissionTests : IDisposable
{
    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    [Fact]
    public void A_machine_takes_template_and_size_as_they_were_approved()
    {
        var template = Template();

        var verdict = Judge(Machine(), template);

        Assert.Empty(verdict.Causes);
        Assert.Equal(TemplateDigest.Of(template.Spec), verdict.TemplateDigest);
        Assert.Same(template.Spec, verdict.Template);
        Assert.Equal(1, verdict.Resources!.Cpus);
    }

    [Fact]
    public void Every_wrong_field_is_named()
    {
        var verdict = MachineAdmission.Evaluate(Machine("huge", volumes: 2, interfaces: 2), Template(), Class("huge"), [Image()], [], key);

        Assert.Equal(["spec.template", "spec.class", "spec.volumes", "spec.networkInterfaces"], verdict.Causes.Select(cause => cause.Field));
        Assert.All(verdict.Causes, cause => Assert.Contains("`debian`", cause.Message, StringComparison.Ordinal));
        Assert.Null(verdict.Template);
    }

    [Fact]
    public void A_template_or_class_that_does_not_exist_is_said_so()
    {
        Assert.Equal("spec.template", Assert.Single(MachineAdmission.Evaluate(Machine(), null, Class("small"), [Image()], [], key).Causes).Field);
        Assert.Equal("spec.class", Assert.Single(Judge(Machine(), Template(), withClass: false).Causes).Field);
    }

    [Fact]
    public void An_interface_that_is_left_out_counts_as_one()
    {
        var template = Template();
        var none = template with { Spec = template.Spec with { Devices = new TemplateDevices { MaxNetworkInterfaces = 0 } } };

        Assert.Equal("spec.networkInterfaces", Assert.Single(Judge(Machine(), none).Causes).Field);
        Assert.Empty(Judge(Machine(interfaces: 0), none).Causes);
    }

    [Fact]
    public void A_change_is_judged_by_the_template_that_the_machine_was_made_from()
    {
        var made = Machine() with { Status = new VirtualMachineStatus { Template = Template().Spec, TemplateDigest = "d", Resources = Class("small").Spec } };

        Assert.Empty(MachineAdmission.EvaluateChange(made, made with { Spec = made.Spec with { Class = "large" } }, Class("large")).Causes);
        Assert.Equal("spec.class", Assert.Single(MachineAdmission.EvaluateChange(made, made with { Spec = made.Spec with { Class = "huge" } }, Class("huge")).Causes).Field);
        Assert.Equal("spec.template", Assert.Single(MachineAdmission.EvaluateChange(made, made with { Spec = made.Spec with { Template = "other" } }, Class("small")).Causes).Field);
        Assert.Empty(MachineAdmission.EvaluateChange(made, made with { Spec = made.Spec with { PowerState = "Stopped" } }, null).Causes);
    }

    public void Dispose() => key.Dispose();

    private MachineVerdict Judge(VirtualMachine machine, MachineTemplate template, bool withClass = true) =>
        MachineAdmission.Evaluate(machine, template, withClass ? Class(machine.Spec.Class) : null, [Image()], [Approve(template, "olga", key)], key);
}
