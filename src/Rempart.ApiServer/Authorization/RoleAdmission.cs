using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authorization;

/// <summary>Nobody gives away rights that they don't have, and nobody changes what is shipped.</summary>
/// <param name="authorizer">Knows roles and bindings.</param>
internal sealed class RoleAdmission(RequestAuthorizer authorizer) : IAdmissionPlugin
{
    private static readonly HashSet<(string Kind, string Name)> Shipped =
    [
        .. ShippedRoles.All.Select(role => ("ClusterRole", role.Metadata.Name!)),
        .. ShippedRoles.Bindings.Select(binding => ("ClusterRoleBinding", binding.Metadata.Name!)),
    ];

    /// <inheritdoc/>
    public string Name => "Role";

    /// <inheritdoc/>
    public async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind.Group != "rbac.authorization.k8s.io") return;
        if (Shipped.Contains((request.Kind.Kind, request.Name)))
            throw Failures.Forbidden(request.Kind, request.Name, "it comes with Rempart and can't be changed; make one of your own instead");
        if (request.Operation == AdmissionOperation.Delete) return;
        await request.Objects.CatchUpAsync(cancellationToken);
        var decision = request.Kind.Kind switch
        {
            "Role" => RoleEscalation.Judge(authorizer.Roles, request.Caller, request.ObjectAs<Role>(), request.Old?.As<Role>()),
            "ClusterRole" => RoleEscalation.Judge(authorizer.Roles, request.Caller, request.ObjectAs<ClusterRole>(), request.Old?.As<ClusterRole>()),
            "RoleBinding" => JudgeBinding(request, request.ObjectAs<RoleBinding>().RoleRef, request.Old?.As<RoleBinding>().RoleRef),
            "ClusterRoleBinding" => JudgeBinding(request, request.ObjectAs<ClusterRoleBinding>().RoleRef, request.Old?.As<ClusterRoleBinding>().RoleRef),
            _ => new AccessDecision(false, $"kind `{request.Kind.Kind}` has no rules here"),
        };
        if (!decision.Allowed) throw Failures.Forbidden(request.Kind, request.Name, decision.Reason);
    }

    private AccessDecision JudgeBinding(AdmissionRequest request, RoleRef reference, RoleRef? before)
    {
        if (before is not null && before != reference)
            throw Failures.Invalid(request.Kind, request.Name, [new StatusCause { Reason = "FieldValueInvalid", Field = "roleRef", Message = "can't be changed; delete the binding and make another" }]);
        return RoleEscalation.JudgeBinding(authorizer.Roles, request.Caller, reference, request.Namespace);
    }
}
