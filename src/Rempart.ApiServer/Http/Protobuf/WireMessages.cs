using System.Collections.Frozen;
using static Rempart.ApiServer.Http.Protobuf.WireType;

namespace Rempart.ApiServer.Http.Protobuf;

/// <summary>
/// The messages that kubectl and client-go send in protobuf for built-in kinds; field numbers from Kubernetes' generated.proto
/// files, which never change them. A field that is in no table is refused, not skipped.
/// </summary>
internal static class WireMessages
{
    private static readonly WireMessage Owner = new(T(1, "kind"), T(3, "name"), T(4, "uid"), T(5, "apiVersion"), new(6, "controller", Flag), new(7, "blockOwnerDeletion", Flag));

    private static readonly WireMessage Meta = new(
        T(1, "name"), T(2, "generateName"), T(3, "namespace"), T(4, "selfLink"), T(5, "uid"), T(6, "resourceVersion"), new(7, "generation", Number),
        new(8, "creationTimestamp", Time), new(9, "deletionTimestamp", Time), new(10, "deletionGracePeriodSeconds", Number),
        new(11, "labels", TextMap, true), new(12, "annotations", TextMap, true), M(13, "ownerReferences", Owner, true), T(14, "finalizers", true),
        M(17, "managedFields", new(T(1, "manager"), T(2, "operation"), T(3, "apiVersion"), new(4, "time", Time), T(6, "fieldsType"), new(7, "fieldsV1", Json), T(8, "subresource")), true));

    private static readonly WireMessage Reference = new(T(1, "kind"), T(2, "namespace"), T(3, "name"), T(4, "uid"), T(5, "apiVersion"), T(6, "resourceVersion"), T(7, "fieldPath"));

    private static readonly WireMessage Condition = new(T(1, "type"), T(2, "status"), new(4, "lastTransitionTime", Time), T(5, "reason"), T(6, "message"));

    private static readonly WireMessage Rule = new(T(1, "verbs", true), T(2, "apiGroups", true), T(3, "resources", true), T(4, "resourceNames", true), T(5, "nonResourceURLs", true));

    private static readonly WireMessage Binding = new(
        M(1, "metadata", Meta), M(2, "subjects", new(T(1, "kind"), T(2, "apiGroup"), T(3, "name"), T(4, "namespace")), true), M(3, "roleRef", new(T(1, "apiGroup"), T(2, "kind"), T(3, "name"))));

    private static readonly WireMessage Selected = new(T(1, "rawSelector"), M(2, "requirements", new(T(1, "key"), T(2, "operator"), T(3, "values", true)), true));

    private static readonly WireMessage Resource = new(T(1, "namespace"), T(2, "verb"), T(3, "group"), T(4, "version"), T(5, "resource"), T(6, "subresource"), T(7, "name"), M(8, "fieldSelector", Selected), M(9, "labelSelector", Selected));

    private static readonly WireMessage Path = new(T(1, "path"), T(2, "verb"));

    private static readonly WireMessage Verdict = new(new(1, "allowed", Flag), T(2, "reason"), T(3, "evaluationError"), new(4, "denied", Flag));

    private static readonly WireMessage Selector = new(
        new(1, "matchLabels", TextMap, true), M(2, "matchExpressions", new(T(1, "key"), T(2, "operator"), T(3, "values", true)), true));

    private static readonly WireMessage User = new(T(1, "username"), T(2, "uid"), T(3, "groups", true), new(4, "extra", ListMap, true));

    private static readonly WireMessage AccessReview = new(
        M(1, "metadata", Meta),
        M(2, "spec", new(M(1, "resourceAttributes", Resource), M(2, "nonResourceAttributes", Path), T(3, "user"), T(4, "groups", true), new(5, "extra", ListMap, true), T(6, "uid"))),
        M(3, "status", Verdict));

    private static readonly WireMessage CertificateDecision = new(
        T(1, "type"), T(2, "reason"), T(3, "message"), new(4, "lastUpdateTime", Time), new(5, "lastTransitionTime", Time), T(6, "status"));

    /// <summary>By kind, and by <c>group/version</c> for kinds of the same name; kinds here have one of each.</summary>
    public static FrozenDictionary<string, WireMessage> ByKind { get; } = new Dictionary<string, WireMessage>(StringComparer.Ordinal)
    {
        ["v1 ConfigMap"] = new(M(1, "metadata", Meta), new(2, "data", TextMap, true), new(3, "binaryData", BytesMap, true), new(4, "immutable", Flag)),
        ["v1 Secret"] = new(M(1, "metadata", Meta), new(2, "data", BytesMap, true), T(3, "type"), new(4, "stringData", TextMap, true), new(5, "immutable", Flag)),
        ["v1 Namespace"] = new(M(1, "metadata", Meta), M(2, "spec", new(T(1, "finalizers", true))), M(3, "status", new(T(1, "phase"), M(2, "conditions", Condition, true)))),
        ["v1 ServiceAccount"] = new(M(1, "metadata", Meta), M(2, "secrets", Reference, true), M(3, "imagePullSecrets", new(T(1, "name")), true), new(4, "automountServiceAccountToken", Flag)),
        ["v1 Event"] = new(
            M(1, "metadata", Meta), M(2, "involvedObject", Reference), T(3, "reason"), T(4, "message"), M(5, "source", new(T(1, "component"), T(2, "host"))),
            new(6, "firstTimestamp", Time), new(7, "lastTimestamp", Time), new(8, "count", Number), T(9, "type"), new(10, "eventTime", MicroTime),
            M(11, "series", new(new(1, "count", Number), new(2, "lastObservedTime", MicroTime))), T(12, "action"), M(13, "related", Reference), T(14, "reportingComponent"), T(15, "reportingInstance")),
        ["events.k8s.io/v1 Event"] = new(
            M(1, "metadata", Meta), new(2, "eventTime", MicroTime), M(3, "series", new(new(1, "count", Number), new(2, "lastObservedTime", MicroTime))), T(4, "reportingController"), T(5, "reportingInstance"),
            T(6, "action"), T(7, "reason"), M(8, "regarding", Reference), M(9, "related", Reference), T(10, "note"), T(11, "type"), M(12, "deprecatedSource", new(T(1, "component"), T(2, "host"))),
            new(13, "deprecatedFirstTimestamp", Time), new(14, "deprecatedLastTimestamp", Time), new(15, "deprecatedCount", Number)),
        ["v1 ResourceQuota"] = new(
            M(1, "metadata", Meta),
            M(2, "spec", new(new(1, "hard", QuantityMap, true), T(2, "scopes", true), M(3, "scopeSelector", new(M(1, "matchExpressions", new(T(1, "scopeName"), T(2, "operator"), T(3, "values", true)), true))))),
            M(3, "status", new(new(1, "hard", QuantityMap, true), new(2, "used", QuantityMap, true)))),
        ["v1 LimitRange"] = new(M(1, "metadata", Meta), M(2, "spec", new(M(1, "limits", new(
            T(1, "type"), new(2, "max", QuantityMap, true), new(3, "min", QuantityMap, true), new(4, "default", QuantityMap, true), new(5, "defaultRequest", QuantityMap, true), new(6, "maxLimitRequestRatio", QuantityMap, true)), true)))),
        ["coordination.k8s.io/v1 Lease"] = new(M(1, "metadata", Meta), M(2, "spec", new(
            T(1, "holderIdentity"), new(2, "leaseDurationSeconds", Number), new(3, "acquireTime", MicroTime), new(4, "renewTime", MicroTime), new(5, "leaseTransitions", Number), T(6, "strategy"), T(7, "preferredHolder")))),
        ["rbac.authorization.k8s.io/v1 Role"] = new(M(1, "metadata", Meta), M(2, "rules", Rule, true)),
        ["rbac.authorization.k8s.io/v1 ClusterRole"] = new(M(1, "metadata", Meta), M(2, "rules", Rule, true), M(3, "aggregationRule", new(M(1, "clusterRoleSelectors", Selector, true)))),
        ["rbac.authorization.k8s.io/v1 RoleBinding"] = Binding,
        ["rbac.authorization.k8s.io/v1 ClusterRoleBinding"] = Binding,
        ["authentication.k8s.io/v1 SelfSubjectReview"] = new(M(1, "metadata", Meta), M(2, "status", new(M(1, "userInfo", User)))),
        ["authentication.k8s.io/v1 TokenRequest"] = new(
            M(1, "metadata", Meta),
            M(2, "spec", new(T(1, "audiences", true), M(3, "boundObjectRef", new(T(1, "kind"), T(2, "apiVersion"), T(3, "name"), T(4, "uid"))), new(4, "expirationSeconds", Number))),
            M(3, "status", new(T(1, "token"), new(2, "expirationTimestamp", Time)))),
        ["authentication.k8s.io/v1 TokenReview"] = new(
            M(1, "metadata", Meta), M(2, "spec", new(T(1, "token"), T(2, "audiences", true))),
            M(3, "status", new(new(1, "authenticated", Flag), M(2, "user", User), T(3, "error"), T(4, "audiences", true)))),
        ["authorization.k8s.io/v1 SelfSubjectAccessReview"] = new(
            M(1, "metadata", Meta), M(2, "spec", new(M(1, "resourceAttributes", Resource), M(2, "nonResourceAttributes", Path))), M(3, "status", Verdict)),
        ["authorization.k8s.io/v1 SubjectAccessReview"] = AccessReview,
        ["authorization.k8s.io/v1 LocalSubjectAccessReview"] = AccessReview,
        ["authorization.k8s.io/v1 SelfSubjectRulesReview"] = new(
            M(1, "metadata", Meta), M(2, "spec", new(T(1, "namespace"))),
            M(3, "status", new(
                M(1, "resourceRules", new(T(1, "verbs", true), T(2, "apiGroups", true), T(3, "resources", true), T(4, "resourceNames", true)), true),
                M(2, "nonResourceRules", new(T(1, "verbs", true), T(2, "nonResourceURLs", true)), true), new(3, "incomplete", Flag), T(4, "evaluationError")))),
        ["certificates.k8s.io/v1 CertificateSigningRequest"] = new(
            M(1, "metadata", Meta),
            M(2, "spec", new(new(1, "request", Bytes), T(2, "username"), T(3, "uid"), T(4, "groups", true), T(5, "usages", true), new(6, "extra", ListMap, true), T(7, "signerName"), new(8, "expirationSeconds", Number))),
            M(3, "status", new(M(1, "conditions", CertificateDecision, true), new(2, "certificate", Bytes)))),
        ["DeleteOptions"] = new(
            new(1, "gracePeriodSeconds", Number), M(2, "preconditions", new(T(1, "uid"), T(2, "resourceVersion"))), new(3, "orphanDependents", Flag), T(4, "propagationPolicy"), T(5, "dryRun", true)),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static WireField T(int number, string name, bool repeated = false) => new(number, name, Text, repeated);

    private static WireField M(int number, string name, WireMessage message, bool repeated = false) => new(number, name, Message, repeated, message);
}
