namespace Rempart.Runtime.Controllers;

/// <summary>One writer a field: refuses a set of controllers of which two declare the same.</summary>
internal static class WriterCheck
{
    public static void Demand(IReadOnlyList<ControllerSpec> specs)
    {
        var clashes = Clashes(specs).ToList();
        if (clashes.Count > 0) throw new InvalidOperationException("a field has one writer: " + string.Join("; ", clashes));
    }

    public static IEnumerable<string> Clashes(IReadOnlyList<ControllerSpec> specs)
    {
        foreach (var name in specs.GroupBy(spec => spec.Name).Where(group => group.Count() > 1)) yield return $"two controllers are named `{name.Key}`";
        foreach (var (i, one) in specs.Index())
        {
            foreach (var other in specs.Skip(i + 1))
            {
                foreach (var field in one.Writes.Where(field => other.Writes.Any(field.Overlaps)))
                {
                    yield return $"`{one.Name}` and `{other.Name}` both write `{field.Field}` of {field.Kind.GroupResource}";
                }
            }
        }
    }
}
