using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;
using Rempart.Policy.Quotas;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Rules of LimitRanges, as kube-apiserver has them (<c>ValidateLimitRange</c>), with two types of our own.</summary>
internal sealed class LimitRangeRules : TypedKindRules<LimitRange>
{
    private const string Container = "Container";
    private const string Pod = "Pod";
    private const string Claim = "PersistentVolumeClaim";
    private const string Storage = "storage";
    private static readonly string[] Types = [Container, Pod, Claim, LimitRules.Machine, LimitRules.Volume];
    private static readonly string[] OfContainers = ["cpu", "memory", "ephemeral-storage"];

    protected override void Validate(LimitRange document, LimitRange? old, FieldErrors errors)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (i, item) in errors.AtMost("spec.limits", document.Spec?.Limits, Types.Length).Index())
        {
            var field = $"spec.limits[{i}]";
            if (!Types.Contains(item.Type)) errors.NotSupported($"{field}.type", item.Type, Types);
            if (!seen.Add(item.Type)) errors.Duplicate($"{field}.type", item.Type);
            foreach (var (part, amounts) in Parts(item)) Resources(errors, $"{field}.{part}", item.Type, amounts);
            // What has no meaning for a type would be kept and never heeded.
            if (item.Type is Pod or LimitRules.Machine) Unset(errors, $"{field}.default", item.Type, item.Default);
            if (item.Type is Pod or LimitRules.Machine or LimitRules.Volume) Unset(errors, $"{field}.defaultRequest", item.Type, item.DefaultRequest);
            if (item.Type is LimitRules.Machine or LimitRules.Volume) Unset(errors, $"{field}.maxLimitRequestRatio", item.Type, item.MaxLimitRequestRatio);
            if (item.Type == Claim && item.Min?.ContainsKey(Storage) != true && item.Max?.ContainsKey(Storage) != true)
                errors.Required($"{field}.limits", "either minimum or maximum storage value is required, but neither was provided");
            Order(errors, field, item);
        }
    }

    private static IEnumerable<(string Name, IReadOnlyDictionary<string, Quantity>? Amounts)> Parts(LimitRangeItem item) =>
        [("max", item.Max), ("min", item.Min), ("default", item.Default), ("defaultRequest", item.DefaultRequest), ("maxLimitRequestRatio", item.MaxLimitRequestRatio)];

    private static void Resources(FieldErrors errors, string field, string type, IReadOnlyDictionary<string, Quantity>? amounts)
    {
        foreach (var (name, amount) in amounts ?? new Dictionary<string, Quantity>())
        {
            var at = $"{field}[{name}]";
            if (Names.QualifiedNameRule(name) is { } rule) errors.Invalid(at, name, rule);
            else if (type is Container or Pod && !name.Contains('/') && !OfContainers.Contains(name) && !name.StartsWith("hugepages-", StringComparison.Ordinal)) errors.Invalid(at, name, "must be a standard resource for containers");
            else if (type == LimitRules.Machine && name is not ("cpu" or "memory")) errors.NotSupported(at, name, "cpu", "memory");
            else if (type == LimitRules.Volume && name != Storage) errors.NotSupported(at, name, Storage);
            if (amount.Value < 0) errors.Invalid(at, amount.ToString(), "must be greater than or equal to 0");
        }
    }

    private static void Unset(FieldErrors errors, string field, string type, IReadOnlyDictionary<string, Quantity>? amounts)
    {
        if (amounts is { Count: > 0 }) errors.Forbidden(field, $"may not be specified when `type` is '{type}'");
    }

    private static void Order(FieldErrors errors, string field, LimitRangeItem item)
    {
        foreach (var name in Parts(item).SelectMany(part => part.Amounts?.Keys ?? []).Distinct(StringComparer.Ordinal))
        {
            var (min, max, least, preset) = (At(item.Min, name), At(item.Max, name), At(item.DefaultRequest, name), At(item.Default, name));
            NotAbove(errors, $"{field}.min[{name}]", "min value", min, "max value", max, min);
            NotAbove(errors, $"{field}.defaultRequest[{name}]", "min value", min, "default request value", least, least);
            NotAbove(errors, $"{field}.defaultRequest[{name}]", "default request value", least, "max value", max, least);
            NotAbove(errors, $"{field}.defaultRequest[{name}]", "default request value", least, "default limit value", preset, least);
            NotAbove(errors, $"{field}.default[{name}]", "min value", min, "default value", preset, min);
            NotAbove(errors, $"{field}.default[{name}]", "default value", preset, "max value", max, max);
            if (At(item.MaxLimitRequestRatio, name) is not { } ratio) continue;
            if (ratio.Value < 1) errors.Invalid($"{field}.maxLimitRequestRatio[{name}]", ratio.ToString(), $"ratio {ratio} is less than 1");
            if (min is { Value: > 0 } low && max is { } high && ratio.Value > high.Value / low.Value)
                errors.Invalid($"{field}.maxLimitRequestRatio[{name}]", ratio.ToString(), string.Create(System.Globalization.CultureInfo.InvariantCulture, $"ratio {ratio} is greater than max/min = {high.Value / low.Value:F6}"));
        }
    }

    private static Quantity? At(IReadOnlyDictionary<string, Quantity>? amounts, string name) => amounts?.TryGetValue(name, out var amount) == true ? amount : null;

    private static void NotAbove(FieldErrors errors, string field, string low, Quantity? lower, string high, Quantity? upper, Quantity? shown)
    {
        if (lower is { } least && upper is { } most && least.Value > most.Value) errors.Invalid(field, shown.ToString(), $"{low} {least} is greater than {high} {most}");
    }
}
