using System.Security.Cryptography;
using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Compute;

namespace Rempart.Policy.Machines;

/// <summary>The name of what a template says: equal specs have equal digests, whatever the order of their members.</summary>
public static class TemplateDigest
{
    /// <summary><c>sha256:</c> and 64 hexadecimal digits over the canonical JSON of a spec.</summary>
    /// <param name="spec">The spec.</param>
    public static string Of(MachineTemplateSpec spec) =>
        $"sha256:{Convert.ToHexStringLower(SHA256.HashData(CanonicalJson.Write(JsonSerializer.SerializeToElement(spec, ApiJson.Strict))))}";
}
