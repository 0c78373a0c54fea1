using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.OpenApi;

/// <summary>What kubectl does with our OpenAPI, patches, tables and errors.</summary>
[Trait("level", "real")]
public sealed class KubectlTests
{
    [Fact]
    public async Task Explain_tells_every_field_with_its_description()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        await using var server = await TestServer.StartAsync();
        using var kubectl = new Kubectl(server, "alice");
        var (code, all) = await kubectl.RunAsync(null, "explain", "configmap", "--recursive");
        Assert.True(code == 0, all);
        Assert.Contains("Configuration values that are not confidential.", all, StringComparison.Ordinal);
        Assert.Contains("binaryData", all, StringComparison.Ordinal);
        Assert.Contains("ownerReferences\t<[]OwnerReference>", all, StringComparison.Ordinal);
        Assert.Contains("uid\t<string> -required-", all, StringComparison.Ordinal);

        var (deep, field) = await kubectl.RunAsync(null, "explain", "ns.metadata.ownerReferences.uid");
        Assert.True(deep == 0, field);
        Assert.Contains("FIELD: uid <string>", field, StringComparison.Ordinal);
        Assert.Contains("UID of the owner.", field, StringComparison.Ordinal);

        var (unknown, error) = await kubectl.RunAsync(null, "explain", "configmap.nothing");
        Assert.NotEqual(0, unknown);
        Assert.Contains("field \"nothing\" does not exist", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_tells_closed_sets_of_values()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        await using var server = await TestServer.StartAsync();
        using var kubectl = new Kubectl(server, "alice");
        foreach (var (field, values) in new[] { ("vm.spec.powerState", "Running, Stopped"), ("vm.spec.restartPolicy", "Always, Never, OnFailure"), ("securitygroup.spec.ingress.protocol", "Any, ICMP, TCP, UDP"), ("image.spec.format", "qcow2, raw") })
        {
            var (code, told) = await kubectl.RunAsync(null, "explain", field);
            Assert.True(code == 0, told);
            Assert.Equal(values, string.Join(", ", told.Split("ENUM:")[1].Split("DESCRIPTION:")[0].Split(["\n", ","], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal)));
        }
    }

    [Fact]
    public async Task Subresources_with_a_document_are_in_the_documentation()
    {
        await using var server = await TestServer.StartAsync();
        var (_, document) = await server.GetAsync("/openapi/v3/apis/compute.rempart.dev/v1");
        const string machine = "/apis/compute.rempart.dev/v1/namespaces/{namespace}/virtualmachines/{name}";
        foreach (var name in new[] { "binding", "start", "stop", "restart", "reset", "pause", "resume" })
        {
            var post = document["paths"]![$"{machine}/{name}"]!["post"]!;
            var body = (string)post["requestBody"]!["content"]!["application/json"]!["schema"]!["$ref"]!;
            Assert.EndsWith(name == "binding" ? ".MachineBinding" : ".MachineOperationRequest", body, StringComparison.Ordinal);
            Assert.NotNull(document["components"]!["schemas"]![body.Split('/')[^1]]);
        }
        Assert.Null(document["paths"]![$"{machine}/console"]);
        var (_, certificates) = await server.GetAsync("/openapi/v3/apis/certificates.k8s.io/v1");
        Assert.NotNull(certificates["paths"]!["/apis/certificates.k8s.io/v1/certificatesigningrequests/{name}/approval"]!["put"]);
    }

    [Fact]
    public async Task Events_are_found_by_what_they_are_about()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        await using var server = await TestServer.StartAsync();
        using var kubectl = new Kubectl(server, "alice");
        foreach (var (name, about, reason, type, source) in new[] { ("a", "VirtualMachine", "Started", "Normal", "node"), ("b", "Volume", "FailedStart", "Warning", "scheduler") })
            await Succeeds(kubectl, $$"""{"apiVersion":"v1","kind":"Event","metadata":{"name":"{{name}}","namespace":"default"},"involvedObject":{"kind":"{{about}}","namespace":"default","name":"web"},"reason":"{{reason}}","type":"{{type}}","message":"m","source":{"component":"{{source}}"},"reportingComponent":"{{source}}"}""", "created", "create", "-f", "-");
        foreach (var selector in new[] { "source=node", "involvedObject.kind=VirtualMachine", "reason=Started", "type=Normal", "type!=Warning", "involvedObject.name=web,reason=Started", "reportingComponent=node" })
        {
            var (code, told) = await kubectl.RunAsync(null, "get", "events", "-o", "name", "--field-selector", selector);
            Assert.True(code == 0, told);
            Assert.Equal((selector, "event/a"), (selector, told.Trim()));
        }
    }

    [Fact]
    public async Task Apply_creates_then_merges_what_others_have_set()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        await using var server = await TestServer.StartAsync();
        using var kubectl = new Kubectl(server, "alice");
        await Succeeds(kubectl, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":["x.dev/mine"]},"data":{"k":"1","gone":"x"}}""", "configmap/a created", "apply", "-f", "-");

        // Somebody else adds a finalizer, a label and a value; apply must leave them.
        await server.PatchAsync("/api/v1/namespaces/default/configmaps/a", """{"metadata":{"finalizers":["x.dev/mine","x.dev/theirs"],"labels":{"theirs":"1"}},"data":{"theirs":"1"}}""");
        await Succeeds(kubectl, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":["x.dev/mine","x.dev/new"]},"data":{"k":"2"}}""", "configmap/a configured", "apply", "-f", "-");
        var (_, map) = await server.GetAsync("/api/v1/namespaces/default/configmaps/a");
        Assert.Equal("""{"k":"2","theirs":"1"}""", map["data"]!.ToJsonString());
        Assert.Equal(["x.dev/mine", "x.dev/new", "x.dev/theirs"], map["metadata"]!["finalizers"]!.AsArray().Select(f => (string)f!).Order(StringComparer.Ordinal));
        Assert.Equal("1", (string?)map["metadata"]!["labels"]!["theirs"]);

        // The same again: kubectl may ask for its order of finalizers, which is there already, so that nothing is written.
        var version = (string?)map["metadata"]!["resourceVersion"];
        await Succeeds(kubectl, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","finalizers":["x.dev/mine","x.dev/new"]},"data":{"k":"2"}}""", "configmap/a", "apply", "-f", "-");
        (_, map) = await server.GetAsync("/api/v1/namespaces/default/configmaps/a");
        Assert.Equal(version, (string?)map["metadata"]!["resourceVersion"]);

        await Succeeds(kubectl, null, "configmap/a patched", "patch", "configmap", "a", "-p", """{"metadata":{"$deleteFromPrimitiveList/finalizers":["x.dev/new"]}}""");
        (_, map) = await server.GetAsync("/api/v1/namespaces/default/configmaps/a");
        Assert.DoesNotContain(map["metadata"]!["finalizers"]!.AsArray(), f => (string?)f == "x.dev/new");
    }

    [Fact]
    public async Task What_is_wrong_is_told_with_its_path()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        await using var server = await TestServer.StartAsync();
        using var kubectl = new Kubectl(server, "alice");
        await Fails(kubectl, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","colour":"red"}}""", "strict decoding error: unknown field \"metadata.colour\"", "create", "-f", "-");
        await Fails(kubectl, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":1}}""", "data.k: Invalid value: 1: must be a string", "apply", "-f", "-");
        await Fails(kubectl, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"A_b"}}""", "metadata.name: Invalid value: \"A_b\"", "create", "-f", "-");
        await Fails(kubectl, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","ownerReferences":[{"kind":"K","name":"n"}]}}""", "metadata.ownerReferences[0].uid: Required value", "create", "-f", "-");
        await Succeeds(kubectl, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","colour":"red"}}""", "Warning: unknown field \"metadata.colour\"", "create", "--validate=warn", "-f", "-");
    }

    [Fact]
    public async Task Get_shows_the_columns_of_the_kind_and_selects()
    {
        Assert.SkipUnless(Kubectl.Exists, "no kubectl on the PATH");
        await using var server = await TestServer.StartAsync();
        using var kubectl = new Kubectl(server, "alice");
        await server.PostAsync("/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"a","labels":{"tier":"front"}},"data":{"k":"1","l":"2"}}""");
        await server.PostAsync("/api/v1/namespaces/default/configmaps", """{"metadata":{"name":"b","labels":{"tier":"back"}}}""");
        var (code, table) = await kubectl.RunAsync(null, "get", "cm", "-l", "tier in (front)");
        Assert.True(code == 0, table);
        Assert.Matches(@"^NAME\s+DATA\s+AGE\na\s+2\s+\d+s\n$", table);
        Assert.Matches(@"^b\s+0\s+\d+s\n$", (await kubectl.RunAsync(null, "get", "cm", "--field-selector", "metadata.name!=a", "--no-headers")).Output);
        Assert.Contains("\"data\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\"", (await kubectl.RunAsync(null, "get", "cm", "--field-selector", "data=a")).Output, StringComparison.Ordinal);
        Assert.Matches(@"^NAME\s+STATUS\s+AGE\n", (await kubectl.RunAsync(null, "get", "ns")).Output);
    }

    private static async Task Succeeds(Kubectl kubectl, string? input, string says, params string[] arguments)
    {
        var (code, output) = await kubectl.RunAsync(input, arguments);
        Assert.True(code == 0, output);
        Assert.Contains(says, output, StringComparison.Ordinal);
    }

    private static async Task Fails(Kubectl kubectl, string? input, string says, params string[] arguments)
    {
        var (code, output) = await kubectl.RunAsync(input, arguments);
        Assert.True(code != 0, output);
        Assert.Contains(says, output, StringComparison.Ordinal);
    }
}
