using Rempart.Api.Rbac;

namespace Rempart.Policy.Authorization;

/// <summary>What one binding gives to each of its subjects.</summary>
/// <param name="Namespace">The project it is confined to; null for the whole cluster.</param>
/// <param name="Source">The binding and the role, for people.</param>
/// <param name="Rules">The role's rules.</param>
internal sealed record RoleGrant(string? Namespace, string Source, IReadOnlyList<PolicyRule> Rules);
