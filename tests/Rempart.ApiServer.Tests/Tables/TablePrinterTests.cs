using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Certificates;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.ApiServer.Tables;

namespace Rempart.ApiServer.Tests.Tables;

public sealed class TablePrinterTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_machine_shows_its_columns_between_name_and_age()
    {
        var table = Table<VirtualMachine>(
            """{"metadata":{"name":"web","creationTimestamp":"2026-01-01T23:57:00Z"},"spec":{"class":"small","template":"debian"},"status":{"phase":"Running","nodeName":"h1","addresses":["10.0.0.2","10.0.0.3"],"conditions":[{"type":"Running","status":"True"},{"type":"GuestReady","status":"False"}]}}""");
        Assert.Equal("Name,Status,Ready,Class,Address,Node*,Template*,Accelerator*,Age", Headers(table));
        Assert.Equal("""["web","Running","False","small","10.0.0.2,10.0.0.3","h1","debian","<none>","3m"]""", Cells(table));
    }

    [Theory]
    [InlineData("Scheduled", """{"type":"VolumesReady","status":"True","reason":"Ready"},{"type":"NetworkReady","status":"False","reason":"InvalidAddress"},{"type":"Scheduled","status":"True","reason":"Bound"},{"type":"Running","status":"False","reason":"NotReady"}""", "Scheduled:InvalidAddress")]
    [InlineData("Pending", """{"type":"NetworkReady","status":"False","reason":"InvalidAddress"},{"type":"Scheduled","status":"False","reason":"NoNodes"}""", "Pending:NoNodes")]
    [InlineData("Scheduled", """{"type":"NetworkReady","status":"True","reason":"Ready"},{"type":"GuestReady","status":"False","reason":"Waiting"}""", "Scheduled")]
    [InlineData("Stopped", """{"type":"NetworkReady","status":"False","reason":"InvalidAddress"}""", "Stopped")]
    public void A_machine_that_has_not_run_yet_shows_what_it_waits_for(string phase, string conditions, string shown) =>
        Assert.StartsWith($"[\"web\",\"{shown}\",", Cells(Table<VirtualMachine>($$$"""{"metadata":{"name":"web"},"spec":{"class":"small","template":"debian"},"status":{"phase":"{{{phase}}}","conditions":[{{{conditions}}}]}}""")), StringComparison.Ordinal);

    [Fact]
    public void A_node_shows_what_kubectl_users_know()
    {
        var table = Table<Node>(
            """{"metadata":{"name":"h1","creationTimestamp":"2026-01-01T00:00:00Z","labels":{"node-role.kubernetes.io/control-plane":""}},"spec":{"unschedulable":true},"status":{"conditions":[{"type":"Ready","status":"True"}],"addresses":[{"type":"InternalIP","address":"192.0.2.1"}],"nodeInfo":{"kubeletVersion":"v0.1.0","osImage":"Debian 12","kernelVersion":"6.1","containerRuntimeVersion":"qemu://7.2"}}}""");
        Assert.Equal("Name,Status,Roles,Age,Version,Internal-IP*,External-IP*,OS-Image*,Kernel-Version*,Container-Runtime*", Headers(table));
        Assert.Equal("""["h1","Ready,SchedulingDisabled","control-plane","24h","v0.1.0","192.0.2.1","<none>","Debian 12","6.1","qemu://7.2"]""", Cells(table));
        Assert.Equal("""["h2","Unknown","<none>","<unknown>","<none>","<none>","<none>","<unknown>","<unknown>","<unknown>"]""", Cells(Table<Node>("""{"metadata":{"name":"h2"}}""")));
        Assert.StartsWith("""["h3","NotReady",""", Cells(Table<Node>("""{"metadata":{"name":"h3"},"status":{"conditions":[{"type":"Ready","status":"Unknown"}]}}""")), StringComparison.Ordinal);
    }

    [Fact]
    public void An_event_says_when_and_about_whom()
    {
        var table = Table<Event>(
            """{"metadata":{"name":"e"},"involvedObject":{"kind":"VirtualMachine","name":"web"},"type":"Normal","reason":"Started","message":"it runs\n","firstTimestamp":"2026-01-01T23:00:00Z","lastTimestamp":"2026-01-01T23:59:30Z","count":3,"source":{"component":"node","host":"h1"}}""");
        Assert.Equal("Last Seen,Type,Reason,Object,Subobject*,Source*,Message,First Seen*,Count*,Name*", Headers(table));
        Assert.Equal("""["30s","Normal","Started","virtualmachine/web","","node, h1","it runs","60m",3,"e"]""", Cells(table));
        Assert.StartsWith("""["5s",""", Cells(Table<Event>("""{"metadata":{"name":"e"},"eventTime":"2026-01-01T23:00:00.000000Z","series":{"count":2,"lastObservedTime":"2026-01-01T23:59:55.000000Z"}}""")), StringComparison.Ordinal);
    }

    [Fact]
    public void Maps_are_counted_and_secrets_not_shown()
    {
        Assert.Equal("""["s","Opaque",2,"<unknown>"]""", Cells(Table<Secret>("""{"metadata":{"name":"s"},"type":"Opaque","data":{"a":"QQ==","b":"QQ=="}}""")));
        Assert.Equal("""["m",3,"<unknown>"]""", Cells(Table<ConfigMap>("""{"metadata":{"name":"m"},"data":{"a":"1","b":"2"},"binaryData":{"c":"QQ=="}}""")));
    }

    [Fact]
    public void Roles_bindings_and_requests_show_what_kubectl_users_know()
    {
        Assert.Equal("""["r","2026-01-01T00:00:00Z"]""", Cells(Table<ClusterRole>("""{"metadata":{"name":"r","creationTimestamp":"2026-01-01T00:00:00Z"}}""")));
        Assert.Equal("""["b","ClusterRole/view","<unknown>","ann, bob","<none>","team/robot"]""", Cells(Table<RoleBinding>(
            """{"metadata":{"name":"b"},"roleRef":{"kind":"ClusterRole","name":"view"},"subjects":[{"kind":"User","name":"ann"},{"kind":"User","name":"bob"},{"kind":"ServiceAccount","name":"robot","namespace":"team"}]}""")));
        Assert.Equal("""["c","<unknown>","rempart.dev/node","n1","24h","Approved,Issued"]""", Cells(Table<CertificateSigningRequest>(
            """{"metadata":{"name":"c"},"spec":{"signerName":"rempart.dev/node","username":"n1","expirationSeconds":86400},"status":{"conditions":[{"type":"Approved"}],"certificate":"QQ=="}}""")));
        Assert.Equal("""["p","0/0","Pending",0,"<unknown>","<none>","<none>"]""", Cells(Table<Pod>("""{"metadata":{"name":"p"},"status":{"phase":"Pending"}}""")));
    }

    [Fact]
    public void A_row_carries_what_was_asked_for()
    {
        const string Object = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","labels":{"a":"b"}},"data":{"k":"v"}}""";
        Assert.Equal("""{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{"name":"m","labels":{"a":"b"}}}""", Table<ConfigMap>(Object)["rows"]![0]!["object"]!.ToJsonString());
        Assert.Equal(Object, Print(KindInfo.Of<ConfigMap>(), TableInclude.Object, Object)["rows"]![0]!["object"]!.ToJsonString());
        Assert.False(Print(KindInfo.Of<ConfigMap>(), TableInclude.None, Object)["rows"]![0]!.AsObject().ContainsKey("object"));
        Assert.Equal(TableInclude.Metadata, TablePrinter.ParseInclude(null));
        Assert.Throws<ApiException>(() => TablePrinter.ParseInclude("All"));
    }

    [Fact]
    public void A_table_says_its_version_and_kind()
    {
        var table = Table<ConfigMap>("""{"metadata":{"name":"m"}}""");
        Assert.Equal(("Table", "meta.k8s.io/v1", "7"), ((string?)table["kind"], (string?)table["apiVersion"], (string?)table["metadata"]!["resourceVersion"]));
        Assert.Equal("name", (string?)table["columnDefinitions"]![0]!["format"]);
    }

    [Fact]
    public void Every_kind_has_a_table_even_for_an_empty_object()
    {
        foreach (var kind in ApiKinds.All)
        {
            var table = Print(kind, TableInclude.Metadata, """{"metadata":{"name":"x"},"status":[],"spec":7}""");
            Assert.Equal(table["columnDefinitions"]!.AsArray().Count, table["rows"]![0]!["cells"]!.AsArray().Count);
            Assert.Contains("Name", Headers(table), StringComparison.Ordinal);
        }
    }

    private static JsonNode Table<T>(string json) where T : ApiObject => Print(KindInfo.Of<T>(), TableInclude.Metadata, json);

    private static JsonNode Print(KindInfo kind, TableInclude include, string json)
    {
        var output = new ArrayBufferWriter<byte>();
        new TablePrinter(kind, include, new StillTime(Now)).Write(output, [Encoding.UTF8.GetBytes(json)], new ListMeta { ResourceVersion = "7" });
        return JsonNode.Parse(output.WrittenSpan)!;
    }

    private static string Headers(JsonNode table) => string.Join(",", table["columnDefinitions"]!.AsArray().Select(c => (string?)c!["name"] + ((int)c["priority"]! > 0 ? "*" : "")));

    private static string Cells(JsonNode table) => table["rows"]![0]!["cells"]!.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private sealed class StillTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
