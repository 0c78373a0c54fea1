using System.Text.Json;
using Rempart.Api.Meta;

namespace Rempart.Api.Tests.Meta;

public sealed class LifetimeMetadataTests
{
    [Fact]
    public void What_decides_about_an_objects_end_is_read_and_nothing_else_is_kept()
    {
        var read = Read("""
            {"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{
              "labels":{"a":"b","name":"not this"},"name":"m","namespace":"web","uid":"u1","resourceVersion":"42","generation":7,
              "managedFields":[{"manager":"x","fieldsV1":{"f:metadata":{"f:name":{}}}}],
              "deletionTimestamp":"2026-01-31T12:00:00Z","finalizers":["one","two"],
              "ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"u0","blockOwnerDeletion":true}],"annotations":{"uid":"nor this"}},
             "data":{"metadata":{"name":"nor that"}}}
            """);
        var metadata = read.Metadata;
        Assert.Equal(("m", "web", "u1", "42"), (metadata.Name, metadata.Namespace, metadata.Uid, metadata.ResourceVersion));
        Assert.Equal(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero), metadata.DeletionTimestamp);
        Assert.Equal(["one", "two"], metadata.Finalizers);
        Assert.Equal(new OwnerReference { ApiVersion = "v1", Kind = "ConfigMap", Name = "owner", Uid = "u0", BlockOwnerDeletion = true }, Assert.Single(metadata.OwnerReferences!));
        Assert.Null(metadata.Labels);
        Assert.Null(metadata.Annotations);
        Assert.Null(metadata.ManagedFields);
        Assert.Null(metadata.Generation);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""{"metadata":1}""")]
    [InlineData("""{"metadata":{"finalizers":"one"}}""")]
    [InlineData("""{"metadata":{"name":{}}}""")]
    [InlineData("""{"metadata":{"deletionTimestamp":"yesterday"}}""")]
    [InlineData("""{"metadata":{"name":"m"}""")]
    public void What_is_no_object_is_refused(string json) => Assert.Throws<JsonException>(() => Read(json));

    [Fact]
    public void Objects_of_one_list_share_the_name_of_their_namespace()
    {
        var list = (ApiList<LifetimeMetadata>)JsonSerializer.Deserialize("""{"metadata":{},"items":[{"metadata":{"namespace":"web"}},{"metadata":{"namespace":"web"}},{"metadata":{"namespace":"db"}}]}""", ApiJson.Lenient.GetTypeInfo(typeof(ApiList<LifetimeMetadata>)))!;
        Assert.Same(list.Items[0].Metadata.Namespace, list.Items[1].Metadata.Namespace);
        Assert.Equal("db", list.Items[2].Metadata.Namespace);
    }

    private static LifetimeMetadata Read(string json) => (LifetimeMetadata)JsonSerializer.Deserialize(json, ApiJson.Lenient.GetTypeInfo(typeof(LifetimeMetadata)))!;
}
