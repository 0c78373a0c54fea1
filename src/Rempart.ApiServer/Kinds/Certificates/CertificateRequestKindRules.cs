using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.Api.Certificates;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Kinds.Certificates;

/// <summary>Rules of CertificateSigningRequests: who asks is written by the server, decisions go through <c>approval</c>.</summary>
internal sealed class CertificateRequestKindRules : TypedKindRules<CertificateSigningRequest>
{
    private const int LongestRequest = 32 * 1024;
    private const int LongestCertificate = 256 * 1024;
    private const int LongestSigner = 571;
    private static readonly string[] Decisions = ["Approved", "Denied"];
    private static readonly string[] AboutCaller = ["username", "uid", "groups", "extra"];

    public override IReadOnlyList<SubresourceInfo> Subresources => [new("approval", "CertificateSigningRequest", ["get", "patch", "update"])];

    public override void PrepareForCreate(JsonObject document, WriteCall call)
    {
        if (document["spec"] is not JsonObject spec) return;
        foreach (var field in AboutCaller) spec.Remove(field);
        spec["username"] = call.Caller.Name;
        spec["groups"] = new JsonArray([.. call.Caller.Groups.Select(g => (JsonNode)g)]);
    }

    public override JsonObject Merge(string? subresource, JsonObject old, JsonObject next)
    {
        switch (subresource)
        {
            case null:
                next.Take("status", old);
                next.Take("spec", old);
                return next;
            case "approval":
                old.Child("status").Take("conditions", next.Child("status"));
                return old;
            default:
                return base.Merge(subresource, old, next);
        }
    }

    protected override void Validate(CertificateSigningRequest document, CertificateSigningRequest? old, FieldErrors errors)
    {
        if (document.Spec.Request.Length is 0 or > LongestRequest) errors.Invalid("spec.request", "(bytes)", $"must be a PKCS#10 request in PEM of at most {LongestRequest} bytes");
        if (!IsSigner(document.Spec.SignerName)) errors.Invalid("spec.signerName", document.Spec.SignerName, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
        if (document.Spec.ExpirationSeconds is { } seconds and < 600) errors.Invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)");
        var types = (document.Status?.Conditions ?? []).Select(c => c.Type).ToList();
        for (var i = 0; i < types.Count; i++) errors.OneOf($"status.conditions[{i}].type", types[i], "Approved", "Denied", "Failed");
        if (types.Contains("Approved") && types.Contains("Denied")) errors.Invalid("status.conditions", "Denied", "Approved and Denied conditions are mutually exclusive");
        for (var i = 0; i < types.Count; i++)
        {
            if (document.Status!.Conditions![i].Status is not (null or "True")) errors.NotSupported($"status.conditions[{i}].status", document.Status.Conditions[i].Status, "True");
            if (types.IndexOf(types[i]) != i) errors.Duplicate($"status.conditions[{i}].type", types[i]);
        }

        foreach (var type in (old?.Status?.Conditions ?? []).Select(c => c.Type).Where(t => !types.Contains(t))) errors.Forbidden("status.conditions", $"updates may not remove a condition of type \"{type}\"");
        var (certificate, before) = (document.Status?.Certificate ?? [], old?.Status?.Certificate ?? []);
        if (before.Length > 0 && !certificate.AsSpan().SequenceEqual(before)) errors.Forbidden("status.certificate", "updates may not modify existing certificate content");
        else if (certificate.Length > 0 && before.Length == 0) CheckCertificate(certificate, errors);
    }

    /// <summary>Who signs does not decide, and who decides does not sign: each writes its own part of the status.</summary>
    public override void ValidateWrite(string? subresource, ApiObject document, ApiObject? old, FieldErrors errors)
    {
        if (old is not CertificateSigningRequest before || subresource is null) return;
        var now = (CertificateSigningRequest)document;
        foreach (var type in subresource == "status" ? Decisions : ["Failed"])
        {
            if (Of(now, type) != Of(before, type)) errors.Forbidden("status.conditions", $"updates may not add or modify a condition of type \"{type}\" through `{subresource}`");
        }
    }

    private static CertificateSigningRequestCondition? Of(CertificateSigningRequest request, string type) => (request.Status?.Conditions ?? []).FirstOrDefault(condition => condition.Type == type);

    private static bool IsSigner(string signer)
    {
        var slash = signer.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && signer.Length <= LongestSigner && signer[..slash].Contains('.', StringComparison.Ordinal) && Names.SubdomainRule(signer[..slash]) is null
            && signer[(slash + 1)..].Split('/').All(part => Names.SubdomainRule(part) is null);
    }

    private static void CheckCertificate(byte[] certificate, FieldErrors errors)
    {
        const string Field = "status.certificate";
        var found = 0;
        if (certificate.Length > LongestCertificate)
        {
            errors.TooLong(Field, LongestCertificate);
            return;
        }

        // A span: 256 KiB hold thousands of blocks, and the rest of the text must not be copied for each.
        ReadOnlySpan<char> rest = Encoding.Latin1.GetString(certificate);
        try
        {
            for (; PemEncoding.TryFind(rest, out var block); rest = rest[block.Location.End..], found++)
            {
                if (!rest[block.Label].SequenceEqual("CERTIFICATE"))
                {
                    errors.Invalid(Field, "<certificate data>", "only CERTIFICATE PEM blocks are allowed");
                    return;
                }

                X509CertificateLoader.LoadCertificate(Convert.FromBase64String(rest[block.Base64Data].ToString())).Dispose();
            }
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            errors.Invalid(Field, "<certificate data>", "must hold certificates that can be read");
        }

        if (found == 0) errors.Invalid(Field, "<certificate data>", "must contain at least one CERTIFICATE PEM block");
    }
}
