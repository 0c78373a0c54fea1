using Rempart.Api.Authentication;
using Rempart.Api.Authorization;
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

namespace Rempart.Api;

/// <summary>All kinds of the API.</summary>
public static class ApiKinds
{
    /// <summary>Every kind with a typed view, in order of group and name.</summary>
    public static IReadOnlyList<KindInfo> All { get; } =
    [
        KindInfo.Of<ConfigMap>(), KindInfo.Of<Event>(), KindInfo.Of<LimitRange>(), KindInfo.Of<Namespace>(), KindInfo.Of<Node>(), KindInfo.Of<Pod>(),
        KindInfo.Of<ResourceQuota>(), KindInfo.Of<Secret>(), KindInfo.Of<Service>(), KindInfo.Of<ServiceAccount>(),
        KindInfo.Of<SelfSubjectReview>(), KindInfo.Of<TokenReview>(),
        KindInfo.Of<LocalSubjectAccessReview>(), KindInfo.Of<SelfSubjectAccessReview>(), KindInfo.Of<SelfSubjectRulesReview>(), KindInfo.Of<SubjectAccessReview>(),
        KindInfo.Of<CertificateSigningRequest>(),
        KindInfo.Of<Lease>(),
        KindInfo.Of<ClusterRole>(), KindInfo.Of<ClusterRoleBinding>(), KindInfo.Of<Role>(), KindInfo.Of<RoleBinding>(),
        KindInfo.Of<Host>(), KindInfo.Of<HostCluster>(), KindInfo.Of<HostMaintenance>(), KindInfo.Of<HostProfile>(), KindInfo.Of<NodeToken>(),
        KindInfo.Of<MachineClass>(), KindInfo.Of<MachineMigration>(), KindInfo.Of<MachineTemplate>(), KindInfo.Of<PlacementRule>(), KindInfo.Of<VirtualMachine>(),
        KindInfo.Of<AddressClaim>(), KindInfo.Of<Network>(), KindInfo.Of<NetworkInterface>(), KindInfo.Of<SecurityGroup>(),
        KindInfo.Of<Approval>(),
        KindInfo.Of<Image>(), KindInfo.Of<ImageSourcePolicy>(), KindInfo.Of<StoragePool>(), KindInfo.Of<Volume>(),
    ];

    /// <summary>Further groups and versions in which some of them are served: the same objects in another form.</summary>
    public static IReadOnlyList<KindInfo> Further { get; } = [KindInfo.Of<Events.Event>()];
}
