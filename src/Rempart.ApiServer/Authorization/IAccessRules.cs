using Rempart.Api.Authorization;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authorization;

/// <summary>An authorizer that can list what a caller may do, for <c>kubectl auth can-i --list</c>.</summary>
public interface IAccessRules
{
    /// <summary>What the caller may do in a project.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="ns">The project.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<SubjectRulesReviewStatus> RulesAsync(Caller caller, string ns, CancellationToken cancellationToken);
}
