using Rempart.Api.Core;
using Rempart.Api.Meta;

namespace Rempart.Policy.Quotas;

/// <summary>
/// One quota while writes are charged to it. What a newer server has counted under names that this version does not know stays in it as it is: counted here it would be
/// nothing, and that server would let more in than there is room for. Not for several threads.
/// </summary>
public sealed class QuotaBook
{
    private readonly Dictionary<string, decimal> _used = new(StringComparer.Ordinal);
    private readonly bool _countsAll;

    /// <summary>Opens the book of a quota as it is stored.</summary>
    /// <param name="quota">The quota.</param>
    public QuotaBook(ResourceQuota quota)
    {
        ArgumentNullException.ThrowIfNull(quota);
        (Name, Hard) = (quota.Metadata.Name!, quota.Spec?.Hard ?? new Dictionary<string, Quantity>());
        // All scopes are about pods: what is no pod is in none of them.
        _countsAll = quota.Spec is not ({ Scopes.Count: > 0 } or { ScopeSelector.MatchExpressions.Count: > 0 });
        foreach (var name in Hard.Keys)
        {
            if (quota.Status?.Used?.TryGetValue(name, out var amount) == true) _used[name] = amount.Value;
            else if (IsOurs(name)) _used[name] = 0;
        }

        IsSettled = quota.Status is { Hard: { } told, Used: { } used } && told.Count == Hard.Count && used.Keys.All(Hard.ContainsKey)
            && Hard.All(limit => told.TryGetValue(limit.Key, out var same) && same.Value == limit.Value.Value && (used.ContainsKey(limit.Key) || !IsOurs(limit.Key)));
    }

    /// <summary>The quota.</summary>
    public string Name { get; }

    /// <summary>Its limits.</summary>
    public IReadOnlyDictionary<string, Quantity> Hard { get; }

    /// <summary>What is used of them; of those that this version counts nothing under, only what another one has written down.</summary>
    public IReadOnlyDictionary<string, decimal> Used => _used;

    /// <summary>Whether what is used was counted for these limits: not so when the quota is new or other limits were set.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>Whether the stored status is behind.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Whether a change of usage is written down here.</summary>
    public bool Concerns(IReadOnlyDictionary<string, decimal> change) => _countsAll && change.Any(c => Hard.ContainsKey(c.Key));

    /// <summary>Whether objects of a kind are counted here.</summary>
    public bool Concerns(KindInfo kind) => _countsAll && Hard.Keys.Any(name => ObjectUsage.Takes(kind, name));

    /// <summary>Writes down what all objects of the project take together.</summary>
    /// <param name="total">Their sum.</param>
    /// <returns>What was written down before of resources that were wrong; empty when all was right or nothing was settled.</returns>
    public IReadOnlyList<string> Settle(IReadOnlyDictionary<string, decimal> total)
    {
        ArgumentNullException.ThrowIfNull(total);
        var wrong = new List<string>();
        // What is counted under other names is a newer server's to count, if anybody's: it stays as that one wrote it.
        foreach (var name in Hard.Keys.Where(IsOurs))
        {
            var right = _countsAll ? total.GetValueOrDefault(name) : 0;
            if (right == _used[name]) continue;
            if (IsSettled) wrong.Add($"{name} was {QuotaNames.Tell(name, _used[name])} instead of {QuotaNames.Tell(name, right)}");
            _used[name] = right;
            IsChanged = true;
        }

        IsChanged |= !IsSettled;
        IsSettled = true;
        return wrong;
    }

    /// <summary>Why an object may not be written, in Kubernetes' words; null when it may.</summary>
    /// <param name="change">What it takes more.</param>
    /// <param name="value">The object.</param>
    public string? Refusal(IReadOnlyDictionary<string, decimal> change, ApiObject? value)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (!_countsAll) return null;
        var open = Hard.Keys.Where(name => ObjectUsage.LeavesOpen(value, name)).Order(StringComparer.Ordinal).ToList();
        if (open.Count > 0) return $"failed quota: {Name}: must specify {string.Join(",", open)}";
        var over = change.Where(c => c.Value > 0 && Hard.TryGetValue(c.Key, out var limit) && _used[c.Key] + c.Value > limit.Value).Select(c => c.Key).Order(StringComparer.Ordinal).ToList();
        if (over.Count == 0) return null;
        string Tell(Func<string, object> amount) => string.Join(",", over.Select(name => $"{name}={amount(name)}"));
        return $"exceeded quota: {Name}, requested: {Tell(name => QuotaNames.Tell(name, change[name]))}, used: {Tell(name => QuotaNames.Tell(name, _used[name]))}, limited: {Tell(name => Hard[name])}";
    }

    /// <summary>Writes a change down.</summary>
    public void Charge(IReadOnlyDictionary<string, decimal> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (!_countsAll) return;
        foreach (var (name, amount) in change.Where(c => Hard.ContainsKey(c.Key)))
        {
            // What gives back more than is written down was counted wrong, which the next full count sets right.
            _used[name] = Math.Max(0, _used[name] + amount);
            IsChanged = true;
        }
    }

    /// <summary>The status to store.</summary>
    public ResourceQuotaStatus Status() => new() { Hard = Hard, Used = _used.ToDictionary(u => u.Key, u => QuotaNames.Tell(u.Key, u.Value), StringComparer.Ordinal) };

    // Kubernetes' own names are no newer server's: its clients wait until all of them are told.
    private static bool IsOurs(string name) => ObjectUsage.Counts(name) || QuotaNames.IsStandard(name);
}
