using Microsoft.Extensions.Logging;
using Rempart.Api.Authorization;
using Rempart.Api.Infra;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Objects;
using Rempart.Policy.Authorization;
using Rempart.Store;

namespace Rempart.ApiServer.Authorization;

/// <summary>
/// Sends each caller to the one rule set that holds for them: anonymous callers to three paths, bootstrap tokens to certificate
/// requests, nodes to their graph, everybody else to roles. A refusal is looked at again once everything committed has been told,
/// so that a right given a moment ago counts; a right taken away counts as soon as the change has been told.
/// </summary>
public sealed partial class RequestAuthorizer : IAuthorizer, IAccessRules
{
    private static readonly string[] PublicPaths = ["/livez", "/readyz", "/version", AuthorityPin.Path];

    private readonly IObjectReader reader;
    private readonly ILogger<RequestAuthorizer> log;
    private readonly RbacIndex roles = new();
    private readonly NodeRelationsIndex nodes;

    /// <summary>Begins to follow roles, bindings and what ties nodes to objects.</summary>
    /// <param name="reader">Tells of them.</param>
    /// <param name="log">Gets errors while deciding.</param>
    /// <param name="time">The clock.</param>
    public RequestAuthorizer(IObjectReader reader, ILogger<RequestAuthorizer> log, TimeProvider time)
    {
        (this.reader, this.log, nodes) = (reader, log, new NodeRelationsIndex(time));
        roles.Observe(reader);
        nodes.Observe(reader);
    }

    /// <summary>What nodes have to do with, for admission.</summary>
    internal NodeRelations Nodes => nodes.Relations;

    /// <summary>Roles and bindings, for admission.</summary>
    internal RbacPolicy Roles => roles.Policy;

    /// <inheritdoc/>
    public async ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        try
        {
            var decision = Decide(request);
            if (decision.Allowed || request.Caller.Method == Credentials.Anonymous) return decision;
            await reader.CatchUpAsync(cancellationToken);
            return Decide(request);
        }
        catch (OperationCanceledException)
        {
            throw;
        }
        catch (StoreUnavailableException)
        {
            // Not to be known now is no refusal: who is told so acts on it, and goes to no other server.
            throw;
        }
        catch (Exception e)
        {
            LogFailure(e, request.Caller.Name, request.Verb, request.Resource ?? request.Path);
            return new AccessDecision(false, "the decision failed, and what can't be decided is refused");
        }
    }

    /// <summary>What the caller may do in a project, for <c>kubectl auth can-i --list</c>. For nodes and tokens the list is empty and says that it is incomplete: their rules are not roles.</summary>
    /// <param name="caller">Who.</param>
    /// <param name="ns">The project.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<SubjectRulesReviewStatus> RulesAsync(Caller caller, string ns, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(caller);
        if (!IsHeldToRoles(caller)) return new SubjectRulesReviewStatus { Incomplete = true, EvaluationError = $"`{caller.Name}` is not held to roles" };
        await reader.CatchUpAsync(cancellationToken);
        var rules = roles.Policy.RulesOf(caller, ns);
        return new SubjectRulesReviewStatus
        {
            ResourceRules = [.. rules.Where(r => r.Resources is { Count: > 0 }).Select(r => new ResourceRule { Verbs = r.Verbs, ApiGroups = r.ApiGroups, Resources = r.Resources, ResourceNames = r.ResourceNames })],
            NonResourceRules = [.. rules.Where(r => r.NonResourceURLs is { Count: > 0 }).Select(r => new NonResourceRule { Verbs = r.Verbs, NonResourceURLs = r.NonResourceURLs })],
        };
    }

    private static bool IsHeldToRoles(Caller caller) =>
        caller.Method is not (Credentials.Anonymous or BootstrapAccess.Method) && caller.NodeName is null && !caller.Groups.Contains("system:nodes");

    private AccessDecision Decide(AccessRequest request)
    {
        var caller = request.Caller;
        if (caller.Method == Credentials.Anonymous)
            return new AccessDecision(request is { Resource: null, Verb: "get" } && PublicPaths.Contains(request.Path), "anonymous callers may read `/livez`, `/readyz`, `/version` and the CA certificate");
        if (caller.Method == BootstrapAccess.Method) return BootstrapAccess.Decide(request);
        return IsHeldToRoles(caller) ? roles.Policy.Decide(request) : NodeGraph.Decide(request, nodes.Relations);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "authorization of {User} for {Verb} {Target} failed")]
    private partial void LogFailure(Exception exception, string user, string verb, string? target);
}
