namespace Rempart.Policy.Authorization;

/// <summary>The answer to an <see cref="AccessRequest"/>.</summary>
/// <param name="Allowed">Whether the request may go on.</param>
/// <param name="Reason">What decided, for the audit trail and for the caller: a binding and role, or what is missing.</param>
public sealed record AccessDecision(bool Allowed, string Reason);
