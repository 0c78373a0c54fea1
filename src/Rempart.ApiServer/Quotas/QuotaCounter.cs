using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Quotas;

namespace Rempart.ApiServer.Quotas;

/// <summary>Counts what all objects of a project take together.</summary>
internal static class QuotaCounter
{
    /// <summary>The sum of all kinds that these quotas limit.</summary>
    public static Dictionary<string, decimal> Count(ObjectCache cache, KindTable kinds, string ns, IReadOnlyList<QuotaBook> books)
    {
        var total = new Dictionary<string, decimal>(StringComparer.Ordinal);
        foreach (var kind in kinds.Stored.Select(registration => registration.Kind).Where(kind => books.Any(book => book.Concerns(kind))))
        {
            var objects = cache.List(kind, ns);
            if (ObjectUsage.Varies(kind))
            {
                foreach (var value in objects) Add(total, ObjectUsage.Of(kind, value.As<ApiObject>()), 1);
            }
            else
            {
                Add(total, ObjectUsage.Of(kind, null), objects.Count);
            }
        }

        return total;
    }

    private static void Add(Dictionary<string, decimal> total, IReadOnlyDictionary<string, decimal> usage, int times)
    {
        foreach (var (name, amount) in usage) total[name] = total.GetValueOrDefault(name) + amount * times;
    }
}
