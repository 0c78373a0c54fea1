namespace Rempart.Policy.Authorization;

/// <summary>Names an object.</summary>
/// <param name="Resource">Plural of its kind.</param>
/// <param name="Namespace">Namespace, null for cluster-scoped kinds.</param>
/// <param name="Name">Name.</param>
internal readonly record struct ObjectId(string Resource, string? Namespace, string Name);
