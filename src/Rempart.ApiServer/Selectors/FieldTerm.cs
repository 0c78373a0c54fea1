namespace Rempart.ApiServer.Selectors;

/// <summary>One term of a field selector.</summary>
/// <param name="Path">Path of the field.</param>
/// <param name="Value">Value to compare with.</param>
/// <param name="Negated">True for <c>!=</c>.</param>
/// <param name="Index">Place of the field in <see cref="IndexedFields.Values"/>.</param>
internal sealed record FieldTerm(string Path, string Value, bool Negated, int Index = -1);
