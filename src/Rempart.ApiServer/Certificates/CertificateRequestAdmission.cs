using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Certificates;
using Rempart.Api.Meta;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Approvals;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Authorization;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Certificates;

/// <summary>
/// Signs certificate requests in the write that creates or approves them, so the answer holds the certificate. A node's is signed at
/// once, for its bootstrap token or for itself; a client's when a second person approves.
/// </summary>
/// <param name="authority">The cluster's CA.</param>
/// <param name="tokens">The cluster's bootstrap tokens.</param>
/// <param name="authorizer">Asked for the verb <c>approve</c> on signers.</param>
/// <param name="networkMembers">The hosts that hold OVN's databases, and where: a word of who runs the server, which no node can say of itself.</param>
internal sealed class CertificateRequestAdmission(CertificateAuthority authority, BootstrapTokens tokens, IAuthorizer authorizer, IReadOnlyDictionary<string, IPAddress> networkMembers) : IAdmissionPlugin
{
    private static readonly KindInfo Kind = KindInfo.Of<CertificateSigningRequest>();

    /// <inheritdoc/>
    public string Name => "CertificateRequest";

    /// <inheritdoc/>
    public ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellationToken) => request.Kind != Kind || request.Object is not { } document
        ? ValueTask.CompletedTask
        : request switch
        {
            { Operation: AdmissionOperation.Create } => CreateAsync(request, document, cancellationToken),
            { Operation: AdmissionOperation.Update, Subresource: "approval" } => DecideAsync(request, document, cancellationToken),
            { Operation: AdmissionOperation.Update, Subresource: null } => KeepAsync(request, document, "spec"),
            { Operation: AdmissionOperation.Update, Subresource: "status", Old: { } old } when !CertificateSigners.IsOurs(old.As<CertificateSigningRequest>().Spec.SignerName) => SignAsync(request, old.As<CertificateSigningRequest>(), cancellationToken),
            _ => KeepAsync(request, document, "status"),
        };

    private async ValueTask CreateAsync(AdmissionRequest request, JsonObject document, CancellationToken cancellationToken)
    {
        var written = document.Child("spec");
        written["username"] = request.Caller.Name;
        written["groups"] = new JsonArray([.. request.Caller.Groups.Select(group => (JsonNode)group)]);
        written.Remove("uid");
        written.Remove("extra");
        if (request.Caller.Uid is { } uid) written["uid"] = uid;
        if (request.Caller.Extra.Count > 0) written["extra"] = new JsonObject(request.Caller.Extra.Select(one => KeyValuePair.Create(one.Key, (JsonNode?)new JsonArray([.. one.Value.Select(value => (JsonNode)value)]))));
        if (request.TryObjectAs<CertificateSigningRequest>()?.Spec is not { } spec) return;
        var foreign = IsForeign(spec);
        if (foreign) CheckForeign(request, spec);
        if (foreign && request.Caller.Method != BootstrapAccess.Method && request.Caller.NodeName is null) return;
        var asked = Check(request, spec);
        if (spec.SignerName == CertificateSigners.Network)
        {
            if (request.Caller.NodeName != asked.Subject.User) throw Failures.Forbidden(Kind, request.Name, $"a certificate of node `{asked.Subject.User}` goes to the node itself, not to `{request.Caller.Name}`");
            if (!request.DryRun) Approve(request, document, "asked for by the node itself", IssueNetwork(spec, asked));
            return;
        }

        if (spec.SignerName != CertificateSigners.Node)
        {
            if (request.Caller.Method == BootstrapAccess.Method || request.Caller.NodeName is not null) throw Failures.Forbidden(Kind, request.Name, $"`{request.Caller.Name}` may ask signers `{CertificateSigners.Node}` and `{CertificateSigners.Network}` only");
            return;
        }

        if (await NodeRefusalAsync(request, asked, cancellationToken) is { } refusal) throw Failures.Forbidden(Kind, request.Name, refusal);
        if (request.DryRun) return;
        Approve(request, document, request.Caller.NodeName is null ? "asked for with a bootstrap token for this node" : "asked for by the node itself", Issue(spec, asked));
    }

    private static void Approve(AdmissionRequest request, JsonObject document, string message, byte[] certificate)
    {
        var approved = new CertificateSigningRequestCondition
        {
            Type = "Approved", Status = "True", Reason = "AutoApproved", LastUpdateTime = request.Now, LastTransitionTime = request.Now, Message = message,
        };
        Write(document, new CertificateSigningRequestStatus { Conditions = [approved], Certificate = certificate });
    }

    private async ValueTask<string?> NodeRefusalAsync(AdmissionRequest request, RequestedCertificate asked, CancellationToken cancellationToken)
    {
        var node = CertificateRequestRules.NodeOf(asked.Subject)!;
        if (request.Caller.Method == BootstrapAccess.Method) return await tokens.UseAsync(request.Caller.Credential ?? "", node, asked.KeyDigest, write: !request.DryRun, cancellationToken);
        return request.Caller.NodeName == node ? null : $"a certificate of node `{node}` goes to the holder of its bootstrap token and to the node itself, not to `{request.Caller.Name}`";
    }

    private async ValueTask DecideAsync(AdmissionRequest request, JsonObject document, CancellationToken cancellationToken)
    {
        var before = request.Old!.As<CertificateSigningRequest>();
        var conditions = request.ObjectAs<CertificateSigningRequest>().Status?.Conditions ?? [];
        if (IsForeign(before.Spec))
        {
            await RequireAsync(request, "approve", before.Spec.SignerName, cancellationToken);
            Stamp(document, request);
            return;
        }

        if (before.Status?.Conditions is { Count: > 0 }) throw Failures.Forbidden(Kind, request.Name, "it was decided already; make a new request");
        if (conditions is not [{ Type: "Approved" or "Denied", Status: null or "True" } decision])
            throw Invalid(request, [new StatusCause { Reason = "FieldValueInvalid", Field = "status.conditions", Message = "must be one condition, `Approved` or `Denied`" }]);
        if (Person.Problem(request.Caller) is { } problem) throw Failures.Forbidden(Kind, request.Name, problem);
        await RequireAsync(request, "approve", before.Spec.SignerName, cancellationToken);
        var asked = Check(request, before.Spec);
        if (decision.Type == "Denied")
        {
            Write(document, new CertificateSigningRequestStatus { Conditions = [Stamp(decision, request)] });
            return;
        }

        if (before.Spec.Username == request.Caller.Name || asked.Subject.User == request.Caller.Name) throw Failures.Forbidden(Kind, request.Name, $"`{request.Caller.Name}` asked for it or would get it; somebody else must approve it");
        Write(document, new CertificateSigningRequestStatus { Conditions = [Stamp(decision, request)], Certificate = Issue(before.Spec, asked) });
    }

    // Certificates of other signers are not ours to check: no part of this cluster trusts them.
    private ValueTask SignAsync(AdmissionRequest request, CertificateSigningRequest before, CancellationToken cancellationToken) => RequireAsync(request, "sign", before.Spec.SignerName, cancellationToken);

    /// <summary>As in Kubernetes, a right holds for a signer by its name or for all of its domain.</summary>
    private async ValueTask RequireAsync(AdmissionRequest request, string verb, string signer, CancellationToken cancellationToken)
    {
        AccessDecision? decision = null;
        foreach (var name in new[] { signer, $"{signer.Split('/')[0]}/*" })
        {
            decision = await authorizer.AuthorizeAsync(new AccessRequest { Caller = request.Caller, Verb = verb, Group = Kind.Group, Resource = "signers", Name = name }, cancellationToken);
            if (decision.Allowed) return;
        }

        throw Failures.Forbidden(Kind, request.Name, $"user `{request.Caller.Name}` may not {verb} for signer `{signer}`: {decision!.Reason}");
    }

    private static bool IsForeign(CertificateSigningRequestSpec spec) => !CertificateSigners.IsReserved(spec.SignerName);

    private static void CheckForeign(AdmissionRequest request, CertificateSigningRequestSpec spec)
    {
        var causes = new List<StatusCause>();
        CertificateRequestRules.CheckForeign(spec, causes);
        if (causes.Count > 0) throw Invalid(request, causes);
    }

    private static void Stamp(JsonObject document, AdmissionRequest request)
    {
        var now = NewObject.Time(request.Now);
        foreach (var condition in (document["status"]?["conditions"] as JsonArray ?? []).OfType<JsonObject>())
        {
            condition["status"] ??= "True";
            condition["lastUpdateTime"] ??= now;
            condition["lastTransitionTime"] ??= now;
        }
    }

    private static ValueTask KeepAsync(AdmissionRequest request, JsonObject document, string part)
    {
        if (!JsonNode.DeepEquals(document[part], request.Old?.ToJson()[part]))
            throw Invalid(request, [new StatusCause { Reason = "FieldValueForbidden", Field = part, Message = part == "spec" ? "can't be changed; make a new request" : "is written by the server; approve or deny the request instead" }]);
        return ValueTask.CompletedTask;
    }

    private static RequestedCertificate Check(AdmissionRequest request, CertificateSigningRequestSpec spec)
    {
        var causes = new List<StatusCause>();
        var asked = CertificateRequestRules.Check(spec, causes);
        return causes.Count == 0 && asked is not null ? asked : throw Invalid(request, causes);
    }

    private byte[] Issue(CertificateSigningRequestSpec spec, RequestedCertificate asked)
    {
        using var certificate = authority.IssueClient(asked.Key, asked.Subject.User, asked.Subject.Groups, CertificateRequestRules.Lifetime(spec));
        return Encoding.ASCII.GetBytes(certificate.ExportCertificatePem() + "\n");
    }

    /// <summary>The certificate, then the issuer of OVN's servers, and for a host that has them, that of its clients.</summary>
    private byte[] IssueNetwork(CertificateSigningRequestSpec spec, RequestedCertificate asked)
    {
        var (node, network, lifetime) = (asked.Subject.User, authority.Network, CertificateRequestRules.Lifetime(spec));
        var isMember = networkMembers.TryGetValue(node, out var address);
        using var certificate = isMember ? network.IssueMember(asked.Key, node, address!, lifetime) : network.IssueHost(asked.Key, node, lifetime);
        X509Certificate2[] all = [certificate, network.Central, .. isMember ? new[] { network.Hosts } : []];
        return Encoding.ASCII.GetBytes(string.Concat(all.Select(one => one.ExportCertificatePem() + "\n")));
    }

    private static CertificateSigningRequestCondition Stamp(CertificateSigningRequestCondition decision, AdmissionRequest request) =>
        decision with { Status = "True", LastUpdateTime = request.Now, LastTransitionTime = request.Now };

    private static void Write(JsonObject document, CertificateSigningRequestStatus status) => document["status"] = JsonSerializer.SerializeToNode(status, ApiJson.Strict);

    private static ApiException Invalid(AdmissionRequest request, IReadOnlyList<StatusCause> causes) => Failures.Invalid(Kind, request.Name, causes);
}
