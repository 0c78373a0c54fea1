using Rempart.Api.Meta;

namespace Rempart.ApiServer.Admission;

/// <summary>Who writes which part of a kind's status.</summary>
/// <param name="Identity">User name; a <c>*</c> at its end stands for any rest.</param>
/// <param name="Kind">The kind.</param>
/// <param name="Fields">Members of <c>status</c>.</param>
/// <param name="Conditions">Types of <c>status.conditions</c>; <c>*</c> for all.</param>
internal sealed record FieldWriter(string Identity, KindInfo Kind, string[] Fields, string[] Conditions)
{
    public bool Is(string user) => Identity.EndsWith('*') ? user.StartsWith(Identity[..^1], StringComparison.Ordinal) : user == Identity;
}
