using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Admission;

/// <summary>
/// A Network or SecurityGroup that something names is not deleted: the caller is told what names it. Whoever begins to name it in the
/// same moment ends with a network or group that does not exist, which lets nothing through and is said in its conditions. A project
/// that is being deleted loses all of it in any order.
/// </summary>
internal sealed class NetworkUse : IAdmissionPlugin
{
    private const int MostNamed = 5;

    public string Name => "NetworkUse";

    public async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request is not { Operation: AdmissionOperation.Delete, Namespace: { } ns }) return;
        var users = request.Kind switch
        {
            _ when request.Kind == KindInfo.Of<Network>() => await OfNetworkAsync(request, ns, cancellationToken),
            _ when request.Kind == KindInfo.Of<SecurityGroup>() => await OfGroupAsync(request, ns, cancellationToken),
            _ => [],
        };
        if (users.Count == 0) return;
        if (await request.Objects.GetAsync<Namespace>(null, ns, cancellationToken) is not { Metadata.DeletionTimestamp: null }) return;
        var named = string.Join(", ", users.Take(MostNamed).Select(u => $"{u.Kind} `{u.Name}` ({u.Field})"));
        var more = users.Count > MostNamed ? $" and {users.Count - MostNamed} more" : "";
        throw Failures.Conflict(request.Kind, request.Name, $"it is in use by {named}{more}: delete them or take it out of them first",
            [.. users.Take(MostNamed).Select(u => new StatusCause { Reason = "InUse", Field = u.Field, Message = $"{u.Kind} `{u.Name}` names it" })]);
    }

    private static async ValueTask<List<User>> OfNetworkAsync(AdmissionRequest request, string ns, CancellationToken cancellationToken)
    {
        var users = (await request.Objects.ListAsync<NetworkInterface>(ns, cancellationToken)).Where(nic => nic.Spec.Network == request.Name)
            .Select(nic => new User("NetworkInterface", nic.Metadata.Name!, "spec.network")).ToList();
        foreach (var machine in await request.Objects.ListAsync<VirtualMachine>(ns, cancellationToken))
        {
            foreach (var (i, nic) in (machine.Spec.NetworkInterfaces ?? []).Index())
                if ((nic.Network ?? MachineInterface.DefaultNetwork) == request.Name) users.Add(new User("VirtualMachine", machine.Metadata.Name!, $"spec.networkInterfaces[{i}].network"));
        }

        return users;
    }

    private static async ValueTask<List<User>> OfGroupAsync(AdmissionRequest request, string ns, CancellationToken cancellationToken)
    {
        var users = (await request.Objects.ListAsync<NetworkInterface>(ns, cancellationToken)).Where(nic => nic.Spec.SecurityGroups?.Contains(request.Name) == true)
            .Select(nic => new User("NetworkInterface", nic.Metadata.Name!, "spec.securityGroups")).ToList();
        foreach (var machine in await request.Objects.ListAsync<VirtualMachine>(ns, cancellationToken))
        {
            foreach (var (i, nic) in (machine.Spec.NetworkInterfaces ?? []).Index())
                if (nic.SecurityGroups?.Contains(request.Name) == true) users.Add(new User("VirtualMachine", machine.Metadata.Name!, $"spec.networkInterfaces[{i}].securityGroups"));
        }

        foreach (var group in (await request.Objects.ListAsync<SecurityGroup>(ns, cancellationToken)).Where(g => g.Metadata.Name != request.Name))
        {
            if (Names(group.Spec.Ingress, request.Name)) users.Add(new User("SecurityGroup", group.Metadata.Name!, "spec.ingress"));
            if (Names(group.Spec.Egress, request.Name)) users.Add(new User("SecurityGroup", group.Metadata.Name!, "spec.egress"));
        }

        return users;
    }

    private static bool Names(IReadOnlyList<SecurityRule>? rules, string group) => rules?.Any(r => r.Peers?.Any(p => p.SecurityGroup == group) == true) == true;

    private sealed record User(string Kind, string Name, string Field);
}
