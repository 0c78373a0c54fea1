using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
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
using Rempart.Api.Tickets;
using Rempart.Api.Tunnel;

namespace Rempart.Api;

/// <summary>Serializers of all wire types, made at build time so that a first request needs no reflection.</summary>
[JsonSerializable(typeof(JsonElement))]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(ApiStatus))]
[JsonSerializable(typeof(WatchEvent))]
[JsonSerializable(typeof(DeleteOptions))]
[JsonSerializable(typeof(SelfSubjectReview))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenReview))]
[JsonSerializable(typeof(SelfSubjectAccessReview))]
[JsonSerializable(typeof(SelfSubjectRulesReview))]
[JsonSerializable(typeof(SubjectAccessReview))]
[JsonSerializable(typeof(LocalSubjectAccessReview))]
[JsonSerializable(typeof(StreamTicket))]
[JsonSerializable(typeof(TunnelMessage))]
[JsonSerializable(typeof(StreamEnd))]
[JsonSerializable(typeof(TransferProgress))]
[JsonSerializable(typeof(MachineBinding))]
[JsonSerializable(typeof(MachineOperationRequest))]
[JsonSerializable(typeof(PartialObjectMetadata))]
[JsonSerializable(typeof(ApiList<PartialObjectMetadata>))]
[JsonSerializable(typeof(LifetimeMetadata))]
[JsonSerializable(typeof(ApiList<LifetimeMetadata>))]
[JsonSerializable(typeof(DateTimeOffset?))]
[JsonSerializable(typeof(DynamicObject))]
[JsonSerializable(typeof(ApiList<DynamicObject>))]
[JsonSerializable(typeof(ConfigMap))]
[JsonSerializable(typeof(ApiList<ConfigMap>))]
[JsonSerializable(typeof(Event))]
[JsonSerializable(typeof(ApiList<Event>))]
[JsonSerializable(typeof(Events.Event), TypeInfoPropertyName = "EventsEvent")]
[JsonSerializable(typeof(ApiList<Events.Event>), TypeInfoPropertyName = "EventsEventList")]
[JsonSerializable(typeof(Events.EventSeries), TypeInfoPropertyName = "EventsEventSeries")]
[JsonSerializable(typeof(IReadOnlyList<Events.Event>), TypeInfoPropertyName = "EventsEventItems")]
[JsonSerializable(typeof(LimitRange))]
[JsonSerializable(typeof(ApiList<LimitRange>))]
[JsonSerializable(typeof(ResourceQuota))]
[JsonSerializable(typeof(ApiList<ResourceQuota>))]
[JsonSerializable(typeof(Namespace))]
[JsonSerializable(typeof(ApiList<Namespace>))]
[JsonSerializable(typeof(Node))]
[JsonSerializable(typeof(ApiList<Node>))]
[JsonSerializable(typeof(Pod))]
[JsonSerializable(typeof(ApiList<Pod>))]
[JsonSerializable(typeof(Service))]
[JsonSerializable(typeof(ApiList<Service>))]
[JsonSerializable(typeof(Secret))]
[JsonSerializable(typeof(ApiList<Secret>))]
[JsonSerializable(typeof(ServiceAccount))]
[JsonSerializable(typeof(ApiList<ServiceAccount>))]
[JsonSerializable(typeof(CertificateSigningRequest))]
[JsonSerializable(typeof(ApiList<CertificateSigningRequest>))]
[JsonSerializable(typeof(Lease))]
[JsonSerializable(typeof(ApiList<Lease>))]
[JsonSerializable(typeof(Host))]
[JsonSerializable(typeof(ApiList<Host>))]
[JsonSerializable(typeof(NodeToken))]
[JsonSerializable(typeof(ApiList<NodeToken>))]
[JsonSerializable(typeof(ClusterRole))]
[JsonSerializable(typeof(ApiList<ClusterRole>))]
[JsonSerializable(typeof(ClusterRoleBinding))]
[JsonSerializable(typeof(ApiList<ClusterRoleBinding>))]
[JsonSerializable(typeof(Role))]
[JsonSerializable(typeof(ApiList<Role>))]
[JsonSerializable(typeof(RoleBinding))]
[JsonSerializable(typeof(ApiList<RoleBinding>))]
[JsonSerializable(typeof(MachineClass))]
[JsonSerializable(typeof(ApiList<MachineClass>))]
[JsonSerializable(typeof(MachineMigration))]
[JsonSerializable(typeof(ApiList<MachineMigration>))]
[JsonSerializable(typeof(MachineTemplate))]
[JsonSerializable(typeof(ApiList<MachineTemplate>))]
[JsonSerializable(typeof(VirtualMachine))]
[JsonSerializable(typeof(ApiList<VirtualMachine>))]
[JsonSerializable(typeof(AddressClaim))]
[JsonSerializable(typeof(ApiList<AddressClaim>))]
[JsonSerializable(typeof(Network))]
[JsonSerializable(typeof(ApiList<Network>))]
[JsonSerializable(typeof(NetworkInterface))]
[JsonSerializable(typeof(ApiList<NetworkInterface>))]
[JsonSerializable(typeof(SecurityGroup))]
[JsonSerializable(typeof(ApiList<SecurityGroup>))]
[JsonSerializable(typeof(Approval))]
[JsonSerializable(typeof(ApiList<Approval>))]
[JsonSerializable(typeof(Image))]
[JsonSerializable(typeof(ApiList<Image>))]
[JsonSerializable(typeof(ImageSourcePolicy))]
[JsonSerializable(typeof(ApiList<ImageSourcePolicy>))]
[JsonSerializable(typeof(StoragePool))]
[JsonSerializable(typeof(ApiList<StoragePool>))]
[JsonSerializable(typeof(Volume))]
[JsonSerializable(typeof(ApiList<Volume>))]
internal sealed partial class ApiJsonContext : JsonSerializerContext;
