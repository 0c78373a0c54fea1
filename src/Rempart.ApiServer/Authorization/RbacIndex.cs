using Rempart.Api.Meta;
using Rempart.Api.Rbac;
using Rempart.ApiServer.Objects;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Authorization;

/// <summary>Follows roles and bindings, and has them compiled whenever a decision is asked for after a change.</summary>
internal sealed class RbacIndex : IObjectObserver<ClusterRole>, IObjectObserver<Role>, IObjectObserver<ClusterRoleBinding>, IObjectObserver<RoleBinding>
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string?, string), ClusterRole> clusterRoles = [];
    private readonly Dictionary<(string?, string), Role> roles = [];
    private readonly Dictionary<(string?, string), ClusterRoleBinding> clusterRoleBindings = [];
    private readonly Dictionary<(string?, string), RoleBinding> roleBindings = [];
    private RbacPolicy? compiled;

    /// <summary>Roles and bindings as far as they were told.</summary>
    public RbacPolicy Policy
    {
        get
        {
            lock (gate) return compiled ??= RbacPolicy.Compile(clusterRoles.Values, roles.Values, clusterRoleBindings.Values, roleBindings.Values);
        }
    }

    public void Observe(IObjectReader reader)
    {
        reader.Observe<ClusterRole>(this);
        reader.Observe<Role>(this);
        reader.Observe<ClusterRoleBinding>(this);
        reader.Observe<RoleBinding>(this);
    }

    void IObjectObserver<ClusterRole>.Put(ClusterRole value) => Put(clusterRoles, value);

    void IObjectObserver<ClusterRole>.Remove(string? ns, string name) => Remove(clusterRoles, ns, name);

    void IObjectObserver<Role>.Put(Role value) => Put(roles, value);

    void IObjectObserver<Role>.Remove(string? ns, string name) => Remove(roles, ns, name);

    void IObjectObserver<ClusterRoleBinding>.Put(ClusterRoleBinding value) => Put(clusterRoleBindings, value);

    void IObjectObserver<ClusterRoleBinding>.Remove(string? ns, string name) => Remove(clusterRoleBindings, ns, name);

    void IObjectObserver<RoleBinding>.Put(RoleBinding value) => Put(roleBindings, value);

    void IObjectObserver<RoleBinding>.Remove(string? ns, string name) => Remove(roleBindings, ns, name);

    private void Put<T>(Dictionary<(string?, string), T> table, T value) where T : ApiObject
    {
        lock (gate)
        {
            table[(value.Metadata.Namespace, value.Metadata.Name ?? "")] = value;
            compiled = null;
        }
    }

    private void Remove<T>(Dictionary<(string?, string), T> table, string? ns, string name)
    {
        lock (gate)
        {
            table.Remove((ns, name));
            compiled = null;
        }
    }
}
