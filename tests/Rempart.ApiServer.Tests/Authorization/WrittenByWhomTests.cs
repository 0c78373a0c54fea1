using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Authorization;

namespace Rempart.ApiServer.Tests.Authorization;

public sealed class WrittenByWhomTests
{
    [Fact]
    public void Writers_of_fields_are_nodes_or_controllers_named_whole()
    {
        var roles = ShippedControllerRoles.All.Select(role => role.Metadata.Name!).ToList();
        Assert.Equal(roles.Distinct(StringComparer.Ordinal), roles);
        Assert.All(FieldWriters.All.Where(writer => writer.Identity != "system:node:*"), writer => Assert.Contains(writer.Identity, roles));
        Assert.DoesNotContain(FieldWriters.All, writer => writer.Kind == KindInfo.Of<Node>() && writer.Is("system:controller:node-other"));
    }
}
