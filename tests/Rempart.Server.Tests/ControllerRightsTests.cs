using System.Security.Cryptography;
using Rempart.ApiServer.Authorization;
using Rempart.Controllers;
using Rempart.Runtime.Controllers;

namespace Rempart.Server.Tests;

/// <summary>A controller whose role lacks a kind that it reads waits for that cache for ever, and says so in a log alone.</summary>
public sealed class ControllerRightsTests
{
    private static readonly string[] Verbs = ["get", "list", "watch"];

    [Fact]
    public void Every_controller_may_read_what_it_follows()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var all = ControllerSet.Core(key);
        Assert.Contains(all, one => one.Spec.Name == "scheduler");
        Assert.Empty(all.SelectMany(Missing));
    }

    private static IEnumerable<string> Missing(ControllerRegistration controller)
    {
        var role = Assert.Single(ShippedControllerRoles.All, role => role.Metadata.Name == controller.Spec.Identity);
        return
            from kind in controller.Spec.Reads.Select(input => input.Kind).Distinct()
            from verb in Verbs
            where !(role.Rules ?? []).Any(rule => Has(rule.Verbs, verb) && Has(rule.ApiGroups, kind.Group) && Has(rule.Resources, kind.Plural))
            select $"`{controller.Spec.Identity}` may not {verb} {kind.Plural}.{kind.Group}";
    }

    private static bool Has(IReadOnlyList<string>? words, string word) => words is not null && (words.Contains(word) || words.Contains("*"));
}
