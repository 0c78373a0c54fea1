using Rempart.Api.Meta;

namespace Rempart.Api.Client;

/// <summary>One event of a watch.</summary>
/// <typeparam name="T">Kind that is watched.</typeparam>
/// <param name="Type">What happened.</param>
/// <param name="Object">The object as it is now, as it last was when deleted; null for a bookmark.</param>
/// <param name="ResourceVersion">Version to go on from.</param>
public sealed record ApiEvent<T>(ApiEventType Type, T? Object, string ResourceVersion) where T : ApiObject;
