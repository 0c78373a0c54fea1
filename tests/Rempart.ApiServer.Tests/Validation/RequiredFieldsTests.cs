using System.Text.Json.Nodes;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Tests.Validation;

public sealed class RequiredFieldsTests
{
    [Fact]
    public void Every_required_field_is_looked_for_wherever_its_object_is()
    {
        var errors = new FieldErrors();
        RequiredFields.Check(JsonNode.Parse("""{"metadata":{"ownerReferences":[{"apiVersion":"v1","kind":"K","name":"n"}]},"spec":{"template":"t"},"status":{"conditions":[{"type":"A","status":"True"},{"type":"B"}]}}"""), Schemas.Of(typeof(VirtualMachine)), errors);
        Assert.Equal(["metadata.ownerReferences[0].uid", "spec.class", "status.conditions[1].status"], errors.Causes.Select(c => c.Field).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_has_them_all_has_a_typed_view()
    {
        var errors = new FieldErrors();
        RequiredFields.Check(JsonNode.Parse("""{"metadata":{"name":"a"},"spec":{"template":"t","class":"c"}}"""), Schemas.Of(typeof(VirtualMachine)), errors);
        Assert.Equal(0, errors.Count);
    }
}
