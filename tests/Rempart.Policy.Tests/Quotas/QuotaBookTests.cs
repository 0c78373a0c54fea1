using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Policy.Quotas;

namespace Rempart.Policy.Tests.Quotas;

public sealed class QuotaBookTests
{
    [Fact]
    public void Kubernetes_own_names_are_told_and_those_of_others_are_left_to_whoever_counts_them()
    {
        var quota = new ResourceQuota { Metadata = new() { Namespace = "p", Name = "q" }, Spec = new() { Hard = Three("pods", "configmaps", "count/things.newer.example") } };
        var book = new QuotaBook(quota);
        Assert.Equal(["configmaps", "pods"], book.Used.Keys.Order(StringComparer.Ordinal));
        Assert.False(book.IsSettled);
        Assert.Empty(book.Settle(new Dictionary<string, decimal> { ["configmaps"] = 2 }));
        Assert.Equal((2m, 0m), (book.Used["configmaps"], book.Used["pods"]));
        Assert.True(new QuotaBook(quota with { Status = new() { Hard = quota.Spec.Hard, Used = Three("pods", "configmaps") } }).IsSettled);
        Assert.False(new QuotaBook(quota with { Status = new() { Hard = quota.Spec.Hard, Used = Three("configmaps") } }).IsSettled);
    }

    private static Dictionary<string, Quantity> Three(params string[] names) => names.ToDictionary(name => name, _ => Quantity.FromBytes(3), StringComparer.Ordinal);
}
