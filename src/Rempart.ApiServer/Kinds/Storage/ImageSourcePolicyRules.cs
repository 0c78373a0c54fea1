using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Storage;

/// <summary>Rules of the ImageSourcePolicy. What it holds goes to nodes in one line of their tunnel, hence the bounds.</summary>
internal sealed class ImageSourcePolicyRules : TypedKindRules<ImageSourcePolicy>
{
    private const int MostRanges = 64;
    private const int MostAuthorities = 16;
    private const int LongestAuthority = 8 * 1024;

    protected override void Validate(ImageSourcePolicy document, ImageSourcePolicy? old, FieldErrors errors)
    {
        if (document.Metadata.Name != ImageSourcePolicy.TheOne) errors.Invalid("metadata.name", document.Metadata.Name, $"must be `{ImageSourcePolicy.TheOne}`: there is one policy");
        foreach (var (index, range) in errors.AtMost("spec.allowedRanges", document.Spec.AllowedRanges, MostRanges).Index())
        {
            if (RangeProblem(range) is { } problem) errors.Invalid($"spec.allowedRanges[{index}]", range, problem);
        }

        var authorities = errors.AtMost("spec.certificateAuthorities", document.Spec.CertificateAuthorities, MostAuthorities);
        foreach (var (index, authority) in authorities.Index())
        {
            var field = $"spec.certificateAuthorities[{index}]";
            errors.Label($"{field}.name", authority.Name);
            if (authorities.Take(index).Any(other => other.Name == authority.Name)) errors.Invalid($"{field}.name", authority.Name, "is named twice");
            errors.NotLonger($"{field}.certificates", authority.Certificates, LongestAuthority);
            if (authority.Certificates.Length <= LongestAuthority && CertificateProblem(authority.Certificates) is { } problem) errors.Invalid($"{field}.certificates", "", problem);
        }
    }

    private static string? RangeProblem(string range) =>
        !IPNetwork.TryParse(range, out var parsed) || !range.Contains('/', StringComparison.Ordinal) || !parsed.BaseAddress.Equals(IPAddress.Parse(range.Split('/')[0])) ? "must be a range such as `10.20.0.0/24`, whose address has no bits beyond the prefix"
        : GuardedRanges.Holds(parsed) ? null
        : "must lie in one of the ranges that are closed by themselves, such as `10.0.0.0/8` or `127.0.0.0/8`: public addresses are open, and a wider range would open several things at once";

    private static string? CertificateProblem(string certificates)
    {
        const string problem = "must be certificates in PEM, and nothing else";
        if (certificates.Any(letter => letter is > '~' or (< ' ' and not ('\n' or '\r')))) return problem;
        try
        {
            X509Certificate2Collection parsed = [];
            parsed.ImportFromPem(certificates);
            foreach (var certificate in parsed) certificate.Dispose();
            return parsed.Count > 0 && !certificates.Contains("PRIVATE", StringComparison.Ordinal) ? null : problem;
        }
        catch (CryptographicException)
        {
            return problem;
        }
    }
}
