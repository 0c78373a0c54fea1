using System.Text.Json;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
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

    // A field that nobody may write stays empty, and its writer is refused for ever.
    [Theory]
    [InlineData(typeof(Volume), typeof(VolumeStatus))]
    [InlineData(typeof(StoragePool), typeof(StoragePoolStatus))]
    [InlineData(typeof(Host), typeof(HostStatus))]
    public void What_nodes_alone_tell_of_is_theirs_to_write_whole(Type kind, Type status)
    {
        var fields = FieldWriters.All.Where(writer => writer.Kind.ClrType == kind && writer.Is("system:node:host1")).SelectMany(writer => writer.Fields).ToHashSet(StringComparer.Ordinal);
        Assert.Equal([], status.GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)).Where(name => name != "conditions" && !fields.Contains(name)));
    }
}
