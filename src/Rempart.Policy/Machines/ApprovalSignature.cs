using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Security;

namespace Rempart.Policy.Machines;

/// <summary>What the cluster's approval key signs: ECDSA P-256 with SHA-256 over canonical JSON, so that no two approvals share one payload.</summary>
public static class ApprovalSignature
{
    /// <summary>Signs an approval whose other fields are final.</summary>
    /// <param name="spec">The approval.</param>
    /// <param name="key">The cluster's approval key.</param>
    /// <returns>The signature in base64 (IEEE P1363 form).</returns>
    public static string Sign(ApprovalSpec spec, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Convert.ToBase64String(key.SignData(Payload(spec), HashAlgorithmName.SHA256));
    }

    /// <summary>Whether the signature is the key's and over these very fields.</summary>
    /// <param name="spec">The approval.</param>
    /// <param name="key">Public half of the cluster's approval key.</param>
    public static bool Verify(ApprovalSpec spec, ECDsa key)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ArgumentNullException.ThrowIfNull(key);
        Span<byte> signature = stackalloc byte[128];
        return spec.Signature is { Length: <= 128 } text
            && Convert.TryFromBase64String(text, signature, out var length)
            && key.VerifyData(Payload(spec), signature[..length], HashAlgorithmName.SHA256);
    }

    private static byte[] Payload(ApprovalSpec spec)
    {
        var payload = new JsonObject
        {
            ["type"] = "rempart.dev/approval/v1",
            ["template"] = spec.Template,
            ["templateUid"] = spec.TemplateUid,
            ["templateGeneration"] = spec.TemplateGeneration,
            ["digest"] = spec.Digest,
            ["approver"] = spec.Approver,
        };
        return CanonicalJson.Write(JsonSerializer.SerializeToElement(payload, ApiJson.Strict));
    }
}
