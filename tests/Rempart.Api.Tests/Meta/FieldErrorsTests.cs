using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;

namespace Rempart.Api.Tests.Meta;

public sealed class FieldErrorsTests
{
    [Fact]
    public void One_error_stands_in_the_message_as_it_is()
    {
        var errors = new FieldErrors();
        errors.Invalid("spec.cpus", 0, "must be 1 to 64");
        var status = errors.ToStatus(KindInfo.Of<MachineClass>(), "small");
        Assert.Equal("MachineClass.compute.rempart.dev \"small\" is invalid: spec.cpus: Invalid value: 0: must be 1 to 64", status.Message);
        Assert.Equal((422, "Invalid", "Failure"), (status.Code, status.Reason, status.Status));
        Assert.Equal(("compute.rempart.dev", "MachineClass", "small"), (status.Details!.Group, status.Details.Kind, status.Details.Name));
    }

    [Fact]
    public void Several_errors_stand_in_brackets_with_a_cause_each()
    {
        var errors = new FieldErrors();
        errors.Required("a");
        errors.NotSupported("b", "x", "One", "Two");
        errors.Duplicate("c[1]", "y");
        errors.Forbidden("d", "no");
        errors.TooLong("e", 63);
        errors.TooMany("f", 9, 8);
        var status = errors.ToStatus(KindInfo.Of<ConfigMap>(), "m");
        Assert.Equal("ConfigMap \"m\" is invalid: [a: Required value, b: Unsupported value: \"x\": supported values: \"One\", \"Two\", c[1]: Duplicate value: \"y\", d: Forbidden: no, e: Too long: may not be more than 63 bytes, f: Too many: 9: must have at most 8 items]", status.Message);
        Assert.Equal(["FieldValueRequired", "FieldValueNotSupported", "FieldValueDuplicate", "FieldValueForbidden", "FieldValueTooLong", "FieldValueTooMany"], status.Details!.Causes!.Select(c => c.Reason));
    }

    [Fact]
    public void A_hostile_object_makes_no_huge_answer()
    {
        var errors = new FieldErrors();
        for (var i = 0; i < 100_000; i++) errors.Invalid("spec.x", new string('z', 10_000), "bad");
        var status = errors.ToStatus(KindInfo.Of<ConfigMap>(), "m");
        Assert.InRange(status.Message!.Length, 1, 64 * 400);
        Assert.Contains("and 99936 more", status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_errors_nothing_is_thrown()
    {
        new FieldErrors().ThrowIfAny(KindInfo.Of<ConfigMap>(), "m");
        var errors = new FieldErrors();
        errors.Required("a");
        Assert.Equal(422, Assert.Throws<ApiException>(() => errors.ThrowIfAny(KindInfo.Of<ConfigMap>(), "m")).Code);
    }
}
