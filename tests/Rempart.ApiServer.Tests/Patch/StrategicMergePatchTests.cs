using System.Text;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Patch;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Tests.Patch;

/// <summary>The rules of apimachinery's <c>strategicpatch</c>, on the lists of the kinds that are here.</summary>
public sealed class StrategicMergePatchTests
{
    [Fact]
    public void Conditions_are_merged_by_type() => Patched<Node>(
        """{"status":{"conditions":[{"type":"Ready","status":"True","reason":"a"},{"type":"Disk","status":"True"}]}}""",
        """{"status":{"conditions":[{"type":"Ready","status":"False"},{"type":"New","status":"True"}]}}""",
        """{"status":{"conditions":[{"type":"Ready","status":"False","reason":"a"},{"type":"Disk","status":"True"},{"type":"New","status":"True"}]}}""");

    [Fact]
    public void An_item_is_removed_by_its_key() => Patched<Node>(
        """{"status":{"conditions":[{"type":"Ready","status":"True"},{"type":"Disk","status":"True"}]}}""",
        """{"status":{"conditions":[{"$patch":"delete","type":"Ready"},{"$patch":"delete","type":"Nowhere"}]}}""",
        """{"status":{"conditions":[{"type":"Disk","status":"True"}]}}""");

    [Fact]
    public void A_list_is_replaced_when_an_item_says_so() => Patched<Node>(
        """{"status":{"addresses":[{"type":"InternalIP","address":"1"}]}}""",
        """{"status":{"addresses":[{"$patch":"replace"},{"type":"Hostname","address":"h"}]}}""",
        """{"status":{"addresses":[{"type":"Hostname","address":"h"}]}}""");

    [Fact]
    public void Finalizers_are_a_set() => Patched<ConfigMap>(
        """{"metadata":{"finalizers":["x.dev/a","x.dev/b"]}}""",
        """{"metadata":{"finalizers":["x.dev/b","x.dev/c"]}}""",
        """{"metadata":{"finalizers":["x.dev/a","x.dev/b","x.dev/c"]}}""");

    [Fact]
    public void Items_of_a_set_are_deleted_by_a_directive() => Patched<ConfigMap>(
        """{"metadata":{"finalizers":["x.dev/a","x.dev/b"]}}""",
        """{"metadata":{"$deleteFromPrimitiveList/finalizers":["x.dev/a"],"finalizers":["x.dev/c"]}}""",
        """{"metadata":{"finalizers":["x.dev/b","x.dev/c"]}}""");

    [Fact]
    public void Owners_are_merged_by_uid() => Patched<ConfigMap>(
        """{"metadata":{"ownerReferences":[{"uid":"1","name":"a"}]}}""",
        """{"metadata":{"ownerReferences":[{"uid":"1","controller":true},{"uid":"2","name":"b"}]}}""",
        """{"metadata":{"ownerReferences":[{"uid":"1","name":"a","controller":true},{"uid":"2","name":"b"}]}}""");

    [Fact]
    public void Taints_are_replaced_as_in_Kubernetes() => Patched<Node>(
        """{"spec":{"taints":[{"key":"a","effect":"NoSchedule"}]}}""",
        """{"spec":{"taints":[{"key":"b","effect":"NoSchedule"}]}}""",
        """{"spec":{"taints":[{"key":"b","effect":"NoSchedule"}]}}""");

    [Fact]
    public void Maps_are_merged_and_null_removes() => Patched<ConfigMap>(
        """{"data":{"a":"1","b":"2"},"immutable":true}""",
        """{"data":{"a":null,"c":"3"},"immutable":null}""",
        """{"data":{"b":"2","c":"3"}}""");

    [Fact]
    public void A_map_is_replaced_or_emptied_by_a_directive()
    {
        Patched<ConfigMap>("""{"data":{"a":"1"}}""", """{"data":{"$patch":"replace","b":"2"}}""", """{"data":{"b":"2"}}""");
        Patched<ConfigMap>("""{"data":{"a":"1"}}""", """{"data":{"$patch":"delete"}}""", """{"data":{}}""");
        Patched<ConfigMap>("""{"immutable":true}""", """{"data":{"$patch":"delete"}}""", """{"immutable":true}""");
        Patched<ConfigMap>("""{"data":{"a":"1"}}""", """{"data":{"$patch":"merge","b":"2"}}""", """{"data":{"a":"1","b":"2"}}""");
    }

    [Fact]
    public void Only_retained_keys_stay() => Patched<ConfigMap>(
        """{"data":{"a":"1","b":"2","c":"3"}}""",
        """{"data":{"$retainKeys":["a","d"],"d":"4"}}""",
        """{"data":{"a":"1","d":"4"}}""");

    [Fact]
    public void The_client_sets_the_order_and_items_of_the_server_stay_between() => Patched<Node>(
        """{"status":{"conditions":[{"type":"A","status":"1"},{"type":"S","status":"1"},{"type":"B","status":"1"}]}}""",
        """{"status":{"$setElementOrder/conditions":[{"type":"C"},{"type":"B"},{"type":"A"}],"conditions":[{"type":"C","status":"2"}]}}""",
        """{"status":{"conditions":[{"type":"C","status":"2"},{"type":"S","status":"1"},{"type":"B","status":"1"},{"type":"A","status":"1"}]}}""");

    [Fact]
    public void A_list_can_be_ordered_alone() => Patched<ConfigMap>(
        """{"metadata":{"finalizers":["x.dev/a","x.dev/b"]}}""",
        """{"metadata":{"$setElementOrder/finalizers":["x.dev/b","x.dev/a"]}}""",
        """{"metadata":{"finalizers":["x.dev/b","x.dev/a"]}}""");

    [Fact]
    public void Directives_inside_of_what_is_new_do_not_reach_the_document() => Patched<VirtualMachine>(
        """{"spec":{"class":"a"}}""",
        """{"status":{"conditions":[{"type":"A","status":"True"},{"$patch":"delete","type":"B"}],"$setElementOrder/conditions":[{"type":"A"}]}}""",
        """{"spec":{"class":"a"},"status":{"conditions":[{"type":"A","status":"True"}]}}""");

    [Fact]
    public void Lists_without_a_key_are_replaced() => Patched<VirtualMachine>(
        """{"spec":{"sshAuthorizedKeys":["a"]}}""",
        """{"spec":{"sshAuthorizedKeys":["b"]}}""",
        """{"spec":{"sshAuthorizedKeys":["b"]}}""");

    [Theory]
    [InlineData("""{"data":{"$patch":"spam"}}""")]
    [InlineData("""{"data":{"$patch":7}}""")]
    [InlineData("""{"data":{"$retainKeys":"a"}}""")]
    [InlineData("""{"data":{"$retainKeys":["a"],"b":"1"}}""")]
    [InlineData("""{"metadata":{"$deleteFromPrimitiveList/finalizers":1}}""")]
    [InlineData("""{"metadata":{"$setElementOrder/finalizers":1}}""")]
    [InlineData("""{"metadata":{"ownerReferences":[{"name":"no-uid"}]}}""")]
    [InlineData("""{"metadata":{"ownerReferences":["text"]}}""")]
    [InlineData("""[]""")]
    public void A_wrong_directive_is_a_bad_request(string patch) =>
        Assert.Equal(400, Assert.Throws<ApiException>(() => Apply("""{"metadata":{},"data":{"a":"1"}}""", patch, typeof(ConfigMap))).Code);

    private static void Patched<T>(string document, string patch, string expected) => Assert.Equal(expected, Apply(document, patch, typeof(T)));

    private static string Apply(string document, string patch, Type type) =>
        Encoding.UTF8.GetString(DocumentPatch.Apply(PatchType.Strategic, Encoding.UTF8.GetBytes(document), Encoding.UTF8.GetBytes(patch), Schemas.Of(type)));
}
