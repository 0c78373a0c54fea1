using Rempart.Api.Certificates;
using Rempart.Api.Compute;
using Rempart.Api.Coordination;
using Rempart.Api.Core;
using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Rbac;
using Rempart.Api.Security;
using Rempart.Api.Storage;
using Rempart.ApiServer.Kinds.Certificates;
using Rempart.ApiServer.Kinds.Compute;
using Rempart.ApiServer.Kinds.Core;
using Rempart.ApiServer.Kinds.Infra;
using Rempart.ApiServer.Kinds.Networking;
using Rempart.ApiServer.Kinds.Rbac;
using Rempart.ApiServer.Kinds.Security;
using Rempart.ApiServer.Kinds.Storage;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds;

/// <summary>Every stored kind and its rules, one line each.</summary>
internal static class KindRegistrations
{
    private static readonly KindRegistration Events = Of<Event>(new EventRules());

    public static IReadOnlyList<KindRegistration> All { get; } =
    [
        Of<ConfigMap>(new ConfigMapRules()),
        Events,
        new(KindInfo.Of<Api.Events.Event>(), Events, EventRules.Newer),
        Of<LimitRange>(new LimitRangeRules()),
        Of<Namespace>(new NamespaceRules()),
        Of<Node>(new NodeRules()),
        Of<Pod>(new PodRules()),
        Of<ResourceQuota>(new ResourceQuotaRules()),
        Of<Secret>(new SecretRules()),
        Of<Service>(new ServiceRules()),
        Of<ServiceAccount>(new KindRules()),
        Of<CertificateSigningRequest>(new CertificateRequestKindRules()),
        Of<Lease>(new LeaseRules()),
        Of<ClusterRole>(new ClusterRoleKindRules()),
        Of<ClusterRoleBinding>(new ClusterRoleBindingRules()),
        Of<Role>(new RoleKindRules()),
        Of<RoleBinding>(new RoleBindingRules()),
        Of<Host>(new HostRules()),
        Of<HostCluster>(new HostClusterRules()),
        Of<HostMaintenance>(new HostMaintenanceRules()),
        Of<HostProfile>(new HostProfileRules()),
        Of<NodeToken>(new NodeTokenRules()),
        Of<MachineClass>(new MachineClassRules()),
        Of<MachineMigration>(new MachineMigrationRules()),
        Of<MachineTemplate>(new MachineTemplateRules()),
        Of<PlacementRule>(new PlacementRuleRules()),
        Of<VirtualMachine>(new VirtualMachineRules()),
        Of<AddressClaim>(new AddressClaimRules()),
        Of<Network>(new NetworkRules()),
        Of<NetworkInterface>(new NetworkInterfaceRules()),
        Of<SecurityGroup>(new SecurityGroupRules()),
        Of<Approval>(new ApprovalRules()),
        Of<Image>(new ImageRules()),
        Of<ImageSourcePolicy>(new ImageSourcePolicyRules()),
        Of<StoragePool>(new StoragePoolRules()),
        Of<Volume>(new VolumeRules()),
    ];

    private static KindRegistration Of<T>(KindRules rules) where T : ApiObject => new(KindInfo.Of<T>(), rules);
}
