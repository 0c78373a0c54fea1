namespace Rempart.ApiServer.Tests.Http;

public sealed class CrudTests
{
    private const string Maps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task A_created_object_can_be_read_changed_and_deleted()
    {
        await using var server = await TestServer.StartAsync();
        var (created, first) = await server.PostAsync(Maps, """{"metadata":{"name":"a"},"data":{"k":"1"}}""");
        Assert.Equal(201, created);
        Assert.Equal("ConfigMap", first["kind"]!.GetValue<string>());
        Assert.NotNull(first["metadata"]!["uid"]);
        var version = first["metadata"]!["resourceVersion"]!.GetValue<string>();

        var (got, read) = await server.GetAsync(Maps + "/a");
        Assert.Equal(200, got);
        Assert.Equal(first.ToJsonString(), read.ToJsonString());

        first["data"]!["k"] = "2";
        var (updated, second) = await server.PutAsync(Maps + "/a", first.ToJsonString());
        Assert.Equal(200, updated);
        Assert.NotEqual(version, second["metadata"]!["resourceVersion"]!.GetValue<string>());

        var (conflict, refused) = await server.PutAsync(Maps + "/a", first.ToJsonString().Replace("\"2\"", "\"3\"", StringComparison.Ordinal));
        Assert.Equal(409, conflict);
        Assert.Equal("Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to the latest version and try again", refused["message"]!.GetValue<string>());

        var (patched, third) = await server.PatchAsync(Maps + "/a", """{"data":{"k":null,"l":"4"}}""");
        Assert.Equal(200, patched);
        Assert.Equal("""{"l":"4"}""", third["data"]!.ToJsonString());

        var (listed, list) = await server.GetAsync(Maps);
        Assert.Equal(200, listed);
        Assert.Equal("ConfigMapList", list["kind"]!.GetValue<string>());
        Assert.Equal(third.ToJsonString(), list["items"]![0]!.ToJsonString());

        var (deleted, status) = await server.DeleteAsync(Maps + "/a");
        Assert.Equal(200, deleted);
        Assert.Equal("Success", status["status"]!.GetValue<string>());
        var (gone, missing) = await server.GetAsync(Maps + "/a");
        Assert.Equal(404, gone);
        Assert.Equal("configmaps \"a\" not found", missing["message"]!.GetValue<string>());
    }
}
