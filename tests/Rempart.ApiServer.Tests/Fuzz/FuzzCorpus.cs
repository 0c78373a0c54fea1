using System.Text;

namespace Rempart.ApiServer.Tests.Fuzz;

/// <summary>Inputs that are well-formed: what damage begins with.</summary>
internal static class FuzzCorpus
{
    public static IReadOnlyList<byte[]> Documents { get; } = Utf8(
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"n","labels":{"k":"v"},"annotations":{"a":"b"},"creationTimestamp":"2026-01-01T00:00:00Z","finalizers":["x.example.com/a"]},"data":{"k":"v"},"binaryData":{"b":"QUI="},"immutable":true}""",
        """{"apiVersion":"v1","kind":"Event","metadata":{"name":"a.1","namespace":"n"},"involvedObject":{"kind":"Pod","namespace":"n","name":"a","uid":"u","fieldPath":"spec"},"reason":"R","message":"m","source":{"component":"c"},"firstTimestamp":"2026-01-01T00:00:00Z","eventTime":"2026-01-01T00:00:00.123456Z","count":3,"type":"Normal","series":{"count":2,"lastObservedTime":"2026-01-01T00:00:00.000001Z"}}""",
        """{"apiVersion":"v1","kind":"Node","metadata":{"name":"a"},"spec":{"unschedulable":true,"taints":[{"key":"a","effect":"NoSchedule"}]},"status":{"conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}],"capacity":{"cpu":"2","memory":"8Gi"}}}""",
        """{"apiVersion":"compute.rempart.dev/v1","kind":"VirtualMachine","metadata":{"name":"a","namespace":"n","ownerReferences":[{"apiVersion":"v1","kind":"ConfigMap","name":"o","uid":"u","controller":true}]},"spec":{"template":"t","class":"c","powerState":"Running","volumes":[{"name":"d","size":"1Gi"}]}}""",
        """{"metadata":{"name":"é😀","managedFields":[{"manager":"m","operation":"Apply","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:k":{}},"f:metadata":{"f:finalizers":{"v:\"x\"":{}},"f:ownerReferences":{"k:{\"uid\":\"u\"}":{".":{},"f:uid":{}}}}}}]}}""");

    /// <summary>A whole object with a book of owners.</summary>
    public static byte[] Owned { get; } =
        """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"n","managedFields":[{"manager":"m","operation":"Apply","apiVersion":"v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:data":{".":{},"f:k":{}},"f:metadata":{"f:finalizers":{"v:\"x\"":{}}}}}]},"data":{"k":"v"}}"""u8.ToArray();

    public static IReadOnlyList<byte[]> Yaml { get; } =
    [
        .. Utf8("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  labels: {k: v, n: \"1\"}\ndata:\n  text: |\n    one\n    two\n  folded: >-\n    a\n    b\n  quoted: 'it''s'\n",
            "a: &x {b: c, d: [1, 2.5, 1e3, 0x1F, 0o17, ~, null, true, .inf, 2026-01-01]}\ne: *x\nf:\n- *x\n- ? k\n  : v\n", "%YAML 1.1\n---\n# a comment\n\"\\u00e9\\x41\\n\": !!str 12\n...\n"),
        .. Documents,
        .. Examples(),
    ];

    public static IReadOnlyList<byte[]> JsonPatches { get; } = Utf8(
        """[{"op":"add","path":"/metadata/labels/x","value":"y"},{"op":"test","path":"/metadata/name","value":"a"},{"op":"remove","path":"/data/k"}]""",
        """[{"op":"move","from":"/data","path":"/metadata/a~1b"},{"op":"copy","from":"/metadata/labels","path":"/c~0"},{"op":"replace","path":"","value":{"a":[1,2,{"b":null}]}}]""",
        """[{"op":"add","path":"/metadata/finalizers/0","value":"x.example.com/b"},{"op":"add","path":"/metadata/finalizers/-","value":"x.example.com/c"},{"op":"replace","path":"/metadata/finalizers/1","value":null}]""");

    public static IReadOnlyList<byte[]> MergePatches { get; } = Utf8(
        """{"metadata":{"labels":{"k":null,"n":"1"},"annotations":null},"data":{"a":"b"}}""",
        """{"metadata":{"$deleteFromPrimitiveList/finalizers":["x.example.com/a"],"$setElementOrder/finalizers":["b"],"finalizers":["b"]},"status":{"conditions":[{"$patch":"delete","type":"Ready"},{"$patch":"replace"}],"$retainKeys":["conditions"]}}""",
        """{"metadata":{"ownerReferences":[{"uid":"u","$patch":"merge","name":"x"}],"$setElementOrder/ownerReferences":[{"uid":"u"}]},"data":{"$patch":"replace","k":"v"}}""");

    public static IReadOnlyList<byte[]> Selectors { get; } = Utf8("a=b,c!=d", "a in (b,c),d notin (e)", "!a,b", "example.com/a==b,n>1,m<2", "metadata.name=a,metadata.namespace!=b", "spec.unschedulable=true", "a\\,b=c\\=d");

    public static IReadOnlyList<byte[]> Quantities { get; } = Utf8("1", "512Mi", "1.5Gi", "500m", "1e3", "-2", "+0.5", "9223372036854775807", "1E", "1Ei", "100n", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00.123456789+02:00");

    // The project's own, where there is a checkout, each of their documents: a body is one.
    private static IEnumerable<byte[]> Examples()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "rempart.slnx"))) folder = folder.Parent;
        return folder is null ? [] : Directory.EnumerateFiles(Path.Combine(folder.FullName, "examples"), "*.yaml").Order(StringComparer.Ordinal)
            .SelectMany(path => Utf8(File.ReadAllText(path).Split("\n---\n")));
    }

    private static byte[][] Utf8(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
