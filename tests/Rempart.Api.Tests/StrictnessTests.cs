using System.Text;
using System.Text.Json;
using Rempart.Api.Compute;
using Rempart.Api.Core;

namespace Rempart.Api.Tests;

public sealed class StrictnessTests
{
    [Theory]
    [InlineData("""{"metadata":{"name":"a"},"dat":{}}""")]
    [InlineData("""{"metadata":{"name":"a","colour":"red"}}""")]
    [InlineData("""{"metadata":{"name":"a"},"data":{},"data":{}}""")]
    [InlineData("""{"Data":{}}""")]
    [InlineData("""{"data":{"a":1}}""")]
    [InlineData("""{"binaryData":{"a":"?"}}""")]
    [InlineData("""{"metadata":{"creationTimestamp":"yesterday"}}""")]
    [InlineData("""{"metadata":{"generation":1.5}}""")]
    [InlineData("""{"data":{},}""")]
    public void What_does_not_belong_is_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, ApiJson.Strict.GetTypeInfo(typeof(ConfigMap))));

    [Fact]
    public void A_required_field_must_be_there() =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize("""{"metadata":{"name":"a"},"spec":{"class":"small"}}""", ApiJson.Strict.GetTypeInfo(typeof(VirtualMachine))));

    [Fact]
    public void Nesting_is_bounded()
    {
        var deep = new StringBuilder("{\"spec\":").Append('[', 1000).Append(']', 1000).Append('}').ToString();
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(deep, ApiJson.Strict.GetTypeInfo(typeof(Pod))));
    }

    [Fact]
    public void A_client_skips_what_a_newer_server_adds()
    {
        var map = (ConfigMap)JsonSerializer.Deserialize("""{"metadata":{"name":"a","later":1},"data":{"k":"v"}}""", ApiJson.Lenient.GetTypeInfo(typeof(ConfigMap)))!;
        Assert.Equal("a", map.Metadata.Name);
        Assert.Equal("v", map.Data!["k"]);
    }

    [Fact]
    public void Every_kind_has_serializers_for_itself_and_its_list()
    {
        foreach (var kind in ApiKinds.All)
        {
            Assert.NotNull(ApiJson.Strict.GetTypeInfo(kind.ClrType));
            if (!kind.Virtual) Assert.NotNull(ApiJson.Strict.GetTypeInfo(typeof(Rempart.Api.Meta.ApiList<>).MakeGenericType(kind.ClrType)));
        }
    }

    [Fact]
    public void No_two_kinds_share_a_path_or_a_name()
    {
        Assert.Distinct(ApiKinds.All.Select(k => k.Path("ns")));
        Assert.Distinct(ApiKinds.All.Select(k => $"{k.Group}/{k.Kind}"));
        Assert.Distinct(ApiKinds.All.SelectMany(k => k.ShortNames));
    }
}
