using System.Security.Cryptography;
using Rempart.Api.Certificates;
using Rempart.Api.Meta;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Certificates;

/// <summary>What each signer signs. Pure: nothing here looks at stored objects.</summary>
internal static class CertificateRequestRules
{
    private static readonly string[] AllowedUsages = ["client auth", "digital signature", "key encipherment"];

    private static readonly string[] KnownUsages =
    [
        "signing", "digital signature", "content commitment", "key encipherment", "key agreement", "data encipherment", "cert sign", "crl sign", "encipher only", "decipher only", "any",
        "server auth", "client auth", "code signing", "email protection", "s/mime", "ipsec end system", "ipsec tunnel", "ipsec user", "timestamping", "ocsp signing", "microsoft sgc", "netscape sgc",
    ];

    /// <summary>Reads a request and checks it against the rules of its signer.</summary>
    /// <param name="spec">The request.</param>
    /// <param name="causes">Gets every broken rule.</param>
    /// <returns>What is asked for; null when it can't be read.</returns>
    public static RequestedCertificate? Check(CertificateSigningRequestSpec spec, ICollection<StatusCause> causes)
    {
        if (!CertificateSigners.IsOurs(spec.SignerName))
            causes.Add(Cause("FieldValueNotSupported", "spec.signerName", $"signer `{spec.SignerName}` does not exist, but `{CertificateSigners.Node}`, `{CertificateSigners.Client}`, and those of other domains than this cluster's and Kubernetes'"));
        if (spec.ExpirationSeconds is { } seconds && seconds < CertificateSigners.ShortestLifetime.TotalSeconds)
            causes.Add(Cause("FieldValueInvalid", "spec.expirationSeconds", $"must be at least {CertificateSigners.ShortestLifetime.TotalSeconds}"));
        foreach (var usage in (spec.Usages ?? []).Where(usage => !AllowedUsages.Contains(usage)))
            causes.Add(Cause("FieldValueNotSupported", "spec.usages", $"usage `{usage}` is not signed, but {string.Join(", ", AllowedUsages.Select(u => $"`{u}`"))}"));
        if (spec.Usages is { } usages && !usages.Contains("client auth")) causes.Add(Cause("FieldValueRequired", "spec.usages", "must hold `client auth`"));
        try
        {
            var asked = RequestedCertificate.Read(spec.Request);
            if (SubjectProblem(spec.SignerName, asked.Subject) is { } problem) causes.Add(Cause("FieldValueForbidden", "spec.request", problem));
            return asked;
        }
        catch (CryptographicException e)
        {
            causes.Add(Cause("FieldValueInvalid", "spec.request", e.Message));
            return null;
        }
    }

    /// <summary>Checks a request for a signer that is somebody else's, by Kubernetes' rules: what it signs is its own affair.</summary>
    /// <param name="spec">The request.</param>
    /// <param name="causes">Gets every broken rule.</param>
    public static void CheckForeign(CertificateSigningRequestSpec spec, ICollection<StatusCause> causes)
    {
        var usages = spec.Usages ?? [];
        if (usages.Count == 0) causes.Add(Cause("FieldValueRequired", "spec.usages", "Required value"));
        foreach (var usage in usages.Where(usage => !KnownUsages.Contains(usage))) causes.Add(Cause("FieldValueNotSupported", "spec.usages", $"Unsupported value: \"{usage}\""));
        foreach (var usage in usages.GroupBy(usage => usage, StringComparer.Ordinal).Where(same => same.Count() > 1)) causes.Add(Cause("FieldValueDuplicate", "spec.usages", $"Duplicate value: \"{usage.Key}\""));
        try
        {
            RequestedCertificate.Load(spec.Request);
        }
        catch (CryptographicException e)
        {
            causes.Add(Cause("FieldValueInvalid", "spec.request", e.Message));
        }
    }

    /// <summary>Name of the node that a subject is for; null when it is for none.</summary>
    public static string? NodeOf(DistinguishedName subject) =>
        new Caller { Name = subject.User, Groups = subject.Groups, Method = "certificate" }.NodeName is { Length: > 0 } node ? node : null;

    /// <summary>How long the certificate lasts.</summary>
    public static TimeSpan Lifetime(CertificateSigningRequestSpec spec)
    {
        var (usual, longest) = spec.SignerName switch
        {
            CertificateSigners.Node => (CertificateSigners.NodeLifetime, CertificateSigners.NodeLifetime),
            CertificateSigners.Network => (CertificateSigners.NetworkLifetime, CertificateSigners.NetworkLifetime),
            _ => (CertificateSigners.ClientLifetime, CertificateSigners.LongestClientLifetime),
        };
        var wanted = spec.ExpirationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : usual;
        return wanted < longest ? wanted : longest;
    }

    private static string? SubjectProblem(string signer, DistinguishedName subject)
    {
        if (signer == CertificateSigners.Node)
        {
            if (NodeOf(subject) is not { } node || subject.Groups is not ["system:nodes"]) return "the subject must be `CN=system:node:NAME, O=system:nodes`";
            return IsName(node) ? null : $"`{node}` is no name of a node: lower-case letters, digits, `-` and `.`, at most 253";
        }

        if (signer == CertificateSigners.Network)
            return subject.Groups.Count == 0 && IsName(subject.User) ? null : "the subject must be `CN=NAME`, the name of a node";

        // Names under `system:` belong to the cluster itself, and bindings to them were not made with a person in mind.
        return new[] { subject.User }.Concat(subject.Groups).FirstOrDefault(name => name.StartsWith("system:", StringComparison.Ordinal)) is { } reserved
            ? $"`{reserved}` is reserved: names that begin with `system:` are the cluster's own" : null;
    }

    private static bool IsName(string name) =>
        name.Length <= 253 && name.Split('.').All(label => label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'));

    private static StatusCause Cause(string reason, string field, string message) => new() { Reason = reason, Field = field, Message = message };
}
