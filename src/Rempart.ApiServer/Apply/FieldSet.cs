using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Apply;

/// <summary>
/// A set of fields of a document, as a tree (structured-merge-diff <c>fieldpath.Set</c>). Immutable; branches are in order, each
/// once, none of them empty.
/// </summary>
internal sealed class FieldSet
{
    private readonly FieldBranch[] _branches;

    private FieldSet(FieldBranch[] branches) => _branches = branches;

    /// <summary>No field.</summary>
    public static FieldSet Empty { get; } = new([]);

    public bool IsEmpty => _branches.Length == 0;

    public IReadOnlyList<FieldBranch> Branches => _branches;

    /// <summary>The set with these branches, in any order; those of the same step are joined, empty ones left out.</summary>
    public static FieldSet Of(List<FieldBranch> branches)
    {
        branches.RemoveAll(b => !b.Member && b.Below.IsEmpty);
        if (branches.Count == 0) return Empty;
        var ordered = true;
        for (var i = 1; i < branches.Count && ordered; i++) ordered = branches[i - 1].Element.Order(branches[i].Element) < 0;
        if (ordered) return new FieldSet([.. branches]);
        var sorted = branches.OrderBy(b => b.Element, PathElement.InOrder).ToList();
        var joined = new List<FieldBranch>(sorted.Count);
        for (var first = 0; first < sorted.Count;)
        {
            var next = first + 1;
            while (next < sorted.Count && sorted[next].Element.Order(sorted[first].Element) == 0) next++;
            joined.Add(next == first + 1 ? sorted[first] : Joined(sorted.GetRange(first, next - first)));
            first = next;
        }

        return new FieldSet([.. joined]);
    }

    // All at once: one after the other, each would copy those before it.
    private static FieldBranch Joined(List<FieldBranch> same) => new(same[0].Element, same.Exists(b => b.Member), Of([.. same.SelectMany(b => b.Below._branches)]));

    /// <summary>The set of single fields, each given by the names on its way.</summary>
    public static FieldSet Named(params string[][] paths) =>
        paths.Aggregate(Empty, (set, path) => set.Union(path.Reverse().Aggregate((FieldSet?)null, (below, name) => new FieldSet([new FieldBranch(PathElement.Field(name), below is null, below ?? Empty)]))!));

    public FieldSet Union(FieldSet other)
    {
        if (IsEmpty) return other;
        if (other.IsEmpty || ReferenceEquals(this, other)) return this;
        return Zip(other, (mine, theirs) => mine is not { } a ? theirs!.Value : theirs is not { } b ? a : new FieldBranch(a.Element, a.Member || b.Member, a.Below.Union(b.Below)));
    }

    /// <summary>Fields in both.</summary>
    public FieldSet Intersect(FieldSet other)
    {
        if (IsEmpty || other.IsEmpty) return Empty;
        return Zip(other, (mine, theirs) => mine is { } a && theirs is { } b ? new FieldBranch(a.Element, a.Member && b.Member, a.Below.Intersect(b.Below)) : default);
    }

    /// <summary>Fields that are not in the other; what is inside a removed field stays.</summary>
    public FieldSet Except(FieldSet other)
    {
        if (IsEmpty || other.IsEmpty) return this;
        return Zip(other, (mine, theirs) => mine is not { } a ? default : theirs is not { } b ? a : new FieldBranch(a.Element, a.Member && !b.Member, a.Below.Except(b.Below)));
    }

    public bool Contains(FieldPath path)
    {
        var set = this;
        for (var i = 0; i < path.Elements.Count; i++)
        {
            if (!set.TryGet(path.Elements[i], out var branch)) return false;
            if (i == path.Elements.Count - 1) return branch.Member;
            set = branch.Below;
        }

        return false;
    }

    public bool TryGet(PathElement element, out FieldBranch branch)
    {
        var (low, high) = (0, _branches.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var difference = _branches[middle].Element.Order(element);
            if (difference == 0)
            {
                branch = _branches[middle];
                return true;
            }

            if (difference < 0) low = middle + 1;
            else high = middle - 1;
        }

        branch = default;
        return false;
    }

    /// <summary>The set and each declared field on the way to what is in it: who owns <c>a.b</c> holds <c>a</c> too when things are removed.</summary>
    public FieldSet WithNamedFields(Schema? schema) => IsEmpty ? this : new FieldSet([.. _branches.Select(b => new FieldBranch(
        b.Element,
        b.Member || (b.Element.Kind == PathElementKind.Field && !b.Below.IsEmpty && schema is { Type: SchemaType.Object } && schema.Fields.ContainsKey(b.Element.Name)),
        b.Below.WithNamedFields(DocumentFields.Inner(schema, b.Element))))]);

    /// <summary>The set and what an earlier one has that the schema does not know: of the parts that both have, since what is gone as a whole has no fields left.</summary>
    public FieldSet WithUnknown(FieldSet before, Schema? schema) => before.IsEmpty || schema is null ? this : Zip(before, (mine, theirs) =>
        theirs is not { } old ? mine!.Value
        : mine is { } own ? own with { Below = own.Below.WithUnknown(old.Below, DocumentFields.Inner(schema, own.Element)) }
        : old.Element.Kind == PathElementKind.Field && schema.Type == SchemaType.Object && !schema.Fields.ContainsKey(old.Element.Name) ? old : default);

    /// <summary>All fields; those at one level before those inside of them.</summary>
    public IEnumerable<FieldPath> Paths() => Paths(FieldPath.Root);

    public bool SameAs(FieldSet other)
    {
        if (other._branches.Length != _branches.Length) return false;
        for (var i = 0; i < _branches.Length; i++)
        {
            var (mine, theirs) = (_branches[i], other._branches[i]);
            if (mine.Member != theirs.Member || mine.Element.Order(theirs.Element) != 0 || !mine.Below.SameAs(theirs.Below)) return false;
        }

        return true;
    }

    public override string ToString() => string.Join('\n', Paths());

    private IEnumerable<FieldPath> Paths(FieldPath root)
    {
        foreach (var branch in _branches)
        {
            if (branch.Member) yield return root.Then(branch.Element);
        }

        foreach (var branch in _branches)
        {
            foreach (var path in branch.Below.Paths(root.Then(branch.Element))) yield return path;
        }
    }

    private FieldSet Zip(FieldSet other, Func<FieldBranch?, FieldBranch?, FieldBranch> join)
    {
        var result = new List<FieldBranch>(Math.Max(_branches.Length, other._branches.Length));
        var (i, j) = (0, 0);
        while (i < _branches.Length || j < other._branches.Length)
        {
            var order = i == _branches.Length ? 1 : j == other._branches.Length ? -1 : _branches[i].Element.Order(other._branches[j].Element);
            var joined = join(order <= 0 ? _branches[i] : null, order >= 0 ? other._branches[j] : null);
            if (order <= 0) i++;
            if (order >= 0) j++;
            if (joined.Member || joined.Below is { IsEmpty: false }) result.Add(joined);
        }

        return result.Count == 0 ? Empty : new FieldSet([.. result]);
    }
}
