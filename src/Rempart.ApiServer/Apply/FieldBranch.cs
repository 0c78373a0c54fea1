namespace Rempart.ApiServer.Apply;

/// <summary>One step of a <see cref="FieldSet"/>.</summary>
/// <param name="Element">The step.</param>
/// <param name="Member">True when what the step leads to is itself in the set.</param>
/// <param name="Below">What is in the set further inside.</param>
internal readonly record struct FieldBranch(PathElement Element, bool Member, FieldSet Below);
