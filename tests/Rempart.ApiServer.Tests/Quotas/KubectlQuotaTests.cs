using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.Quotas;

/// <summary>Quotas and limits with the real kubectl 1.32.</summary>
[Trait("level", "real")]
public sealed class KubectlQuotaTests : KubectlTests
{
    [Fact]
    public async Task A_quota_is_made_shown_described_and_exceeded()
    {
        Assert.Contains("resourcequota/small created", await Kubectl.RunAsync("create quota small --hard=configmaps=2,count/virtualmachines.compute.rempart.dev=3,requests.memory=8Gi,limits.cpu=4"), StringComparison.Ordinal);
        await Kubectl.RunAsync("create cm a");
        await Kubectl.RunAsync("create cm b");
        var (code, _, error) = await Kubectl.TryAsync("create cm c");
        Assert.Equal(1, code);
        Assert.Contains("exceeded quota: small, requested: configmaps=1, used: configmaps=2, limited: configmaps=2", error, StringComparison.Ordinal);
        Assert.Matches(@"NAME\s+REQUEST\s+LIMIT\s+AGE\s+small\s+configmaps: 2/2, count/virtualmachines.compute.rempart.dev: 0/3, requests.memory: 0/8Gi\s+limits.cpu: 0/4\s+\d+s", await Kubectl.RunAsync("get quota"));
        Assert.Matches(@"configmaps\s+2\s+2\s", await Kubectl.RunAsync("describe quota small"));
        Assert.Matches(@"Resource Quotas\s+Name:\s+small\s+Resource\s+Used\s+Hard", await Kubectl.RunAsync("describe namespace default"));
        Assert.Matches(@"resourcequotas\s+quota\s+v1\s+true\s+ResourceQuota", await Kubectl.RunAsync("api-resources --no-headers"));
        Assert.Contains("hard", await Kubectl.RunAsync("explain quota.spec"), StringComparison.Ordinal);
        (code, _, error) = await Kubectl.TryAsync("create quota odd --hard=pods=1 --scopes=Terminating,BestEffort,NotBestEffort");
        Assert.Equal(1, code);
        Assert.Contains("conflicting scopes", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Limits_are_applied_described_and_kept()
    {
        await Kubectl.RunAsync("apply -f -", """
            apiVersion: v1
            kind: LimitRange
            metadata: {name: sizes}
            spec:
              limits:
              - {type: Volume, min: {storage: 1Gi}, max: {storage: 10Gi}, default: {storage: 2Gi}}
              - {type: VirtualMachine, max: {cpu: "4", memory: 8Gi}}
              - {type: Container, default: {cpu: 500m}, defaultRequest: {cpu: 100m}}
            """);
        Assert.Matches(@"Type\s+Resource\s+Min\s+Max\s+Default Request\s+Default Limit\s+Max Limit/Request Ratio[\s\S]*Volume\s+storage\s+1Gi\s+10Gi\s+-\s+2Gi\s+-", await Kubectl.RunAsync("describe limits sizes"));
        Assert.Matches(@"NAME\s+CREATED AT\s+sizes\s+20", await Kubectl.RunAsync("get limits"));
        Assert.Matches(@"Resource Limits[\s\S]*Container\s+cpu\s+-\s+-\s+100m\s+500m", await Kubectl.RunAsync("describe namespace default"));
        const string Volume = "apiVersion: storage.rempart.dev/v1\nkind: Volume\nmetadata: {name: NAME}\nspec: SPEC\n";
        await Kubectl.RunAsync("create -f -", Volume.Replace("NAME", "plain", StringComparison.Ordinal).Replace("SPEC", "{}", StringComparison.Ordinal));
        Assert.Equal("2Gi", await Kubectl.RunAsync("get vol plain -o jsonpath={.spec.size}"));
        var (code, _, error) = await Kubectl.TryAsync("create -f -", Volume.Replace("NAME", "large", StringComparison.Ordinal).Replace("SPEC", "{size: 11Gi}", StringComparison.Ordinal));
        Assert.Equal(1, code);
        Assert.Contains("is forbidden: maximum storage usage per Volume is 10Gi, but request is 11Gi", error, StringComparison.Ordinal);
        (_, _, error) = await Kubectl.TryAsync("create -f -", Volume.Replace("NAME", "small", StringComparison.Ordinal).Replace("SPEC", "{size: 512Mi}", StringComparison.Ordinal));
        Assert.Contains("is forbidden: minimum storage usage per Volume is 1Gi, but request is 512Mi", error, StringComparison.Ordinal);
    }
}
