using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Tests.Http;
using Rempart.Policy.Quotas;

namespace Rempart.ApiServer.Tests.Quotas;

/// <summary>Bounds of single machines and volumes, in Kubernetes' sentences.</summary>
public sealed class LimitRangeStories
{
    private const string Limits = "/api/v1/namespaces/default/limitranges";
    private const string Volumes = "/apis/storage.rempart.dev/v1/namespaces/default/volumes";

    [Fact]
    public async Task What_was_there_before_a_bound_stays_and_may_be_changed_in_all_else()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(201, (await server.PostAsync(Volumes, """{"metadata":{"name":"old"},"spec":{"size":"100Gi"}}""")).Code);
        Assert.Equal(201, (await server.PostAsync(Limits, """{"metadata":{"name":"l"},"spec":{"limits":[{"type":"Volume","max":{"storage":"10Gi"}}]}}""")).Code);
        Assert.Equal(200, (await server.PatchAsync(Volumes + "/old", """{"metadata":{"labels":{"a":"b"}}}""")).Code);
        var (code, refused) = await server.PatchAsync(Volumes + "/old", """{"spec":{"size":"101Gi"}}""");
        Assert.Equal(403, code);
        Assert.Equal("""volumes.storage.rempart.dev "old" is forbidden: maximum storage usage per Volume is 10Gi, but request is 101Gi""", refused["message"]!.GetValue<string>());
    }

    [Fact]
    public void A_machine_is_held_to_all_bounds_of_all_ranges()
    {
        LimitRange Range(string name, string type, Dictionary<string, Quantity>? min, Dictionary<string, Quantity>? max) =>
            new() { Metadata = new ObjectMeta { Name = name }, Spec = new LimitRangeSpec { Limits = [new LimitRangeItem { Type = type, Min = min, Max = max }] } };
        var machine = new VirtualMachine
        {
            Metadata = new ObjectMeta { Name = "m" },
            Spec = new VirtualMachineSpec { Template = "t", Class = "c" },
            Status = new VirtualMachineStatus { Resources = new MachineClassSpec { Cpus = 8, Memory = Quantity.Parse("512Mi") } },
        };
        LimitRange[] ranges =
        [
            Range("b", "VirtualMachine", new() { ["memory"] = Quantity.Parse("1Gi") }, null),
            Range("a", "VirtualMachine", null, new() { ["cpu"] = Quantity.Parse("4") }),
            Range("c", "Container", null, new() { ["cpu"] = Quantity.Parse("1") }),
        ];
        Assert.Equal(["maximum cpu usage per VirtualMachine is 4, but limit is 8", "minimum memory usage per VirtualMachine is 1Gi, but request is 512Mi"], LimitRules.Problems(ranges, machine));
    }

    [Theory]
    [InlineData("""{"type":"Volume","min":{"storage":"2Gi"},"max":{"storage":"1Gi"}}""", "spec.limits[0].min[storage]: Invalid value: \"2Gi\": min value 2Gi is greater than max value 1Gi")]
    [InlineData("""{"type":"Volume","max":{"cpu":"1"}}""", "Unsupported value: \"cpu\": supported values: \"storage\"")]
    [InlineData("""{"type":"VirtualMachine","default":{"cpu":"1"}}""", "Forbidden: may not be specified when `type` is 'VirtualMachine'")]
    [InlineData("""{"type":"Pod","default":{"cpu":"1"}}""", "Forbidden: may not be specified when `type` is 'Pod'")]
    [InlineData("""{"type":"PersistentVolumeClaim"}""", "either minimum or maximum storage value is required, but neither was provided")]
    [InlineData("""{"type":"Container","max":{"bananas":"1"}}""", "must be a standard resource for containers")]
    [InlineData("""{"type":"Container","min":{"cpu":"1"},"max":{"cpu":"2"},"maxLimitRequestRatio":{"cpu":"10"}}""", "ratio 10 is greater than max/min = 2.000000")]
    [InlineData("""{"type":"Spaceship"}""", "Unsupported value: \"Spaceship\"")]
    public async Task A_bound_that_makes_no_sense_is_refused_with_the_field(string item, string sentence)
    {
        await using var server = await TestServer.StartAsync();
        var (code, refused) = await server.PostAsync(Limits, $$"""{"metadata":{"name":"l"},"spec":{"limits":[{{item}}]} }""");
        Assert.Equal(422, code);
        Assert.Contains(sentence, refused["message"]!.GetValue<string>(), StringComparison.Ordinal);
    }
}
