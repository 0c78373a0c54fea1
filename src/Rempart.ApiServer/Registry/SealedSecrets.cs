using Rempart.ApiServer.Secrets;

namespace Rempart.ApiServer.Registry;

/// <summary>Encrypts Secrets, and bootstrap tokens with them, before they reach the store; leaves other kinds as they are.</summary>
internal sealed class SealedSecrets(ISealer sealer) : IValueTransform
{
    private const string Secrets = ObjectCache.Root + "core/secrets/";

    public ReadOnlyMemory<byte> ToStore(string key, ReadOnlyMemory<byte> value) => IsSecret(key) ? sealer.Seal(key, value.Span) : value;

    public ReadOnlyMemory<byte> FromStore(string key, ReadOnlyMemory<byte> value) => IsSecret(key) ? sealer.Open(key, value.Span) : value;

    private static bool IsSecret(string key) => key.StartsWith(Secrets, StringComparison.Ordinal);
}
