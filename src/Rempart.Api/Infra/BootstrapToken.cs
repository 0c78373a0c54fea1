using System.Security.Cryptography;
using System.Text;

namespace Rempart.Api.Infra;

/// <summary>A secret with which one node joins: <c>id.secret</c>, 8 and 32 lower-case letters and digits (165 random bits, so one round of SHA-256 keeps it at rest).</summary>
/// <param name="Id">Names the token; may be shown.</param>
/// <param name="Secret">Proves it; never stored or shown again.</param>
public sealed record BootstrapToken(string Id, string Secret)
{
    private const string Letters = "abcdefghijklmnopqrstuvwxyz0123456789";
    private const int IdLength = 8;
    private const int SecretLength = 32;

    /// <summary>Makes a token.</summary>
    public static BootstrapToken Create() => new(RandomNumberGenerator.GetString(Letters, IdLength), RandomNumberGenerator.GetString(Letters, SecretLength));

    /// <summary>Reads a token; null when the text is none.</summary>
    /// <param name="text">Such as <c>abcdefgh.0123…</c>.</param>
    public static BootstrapToken? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length != IdLength + 1 + SecretLength || text[IdLength] != '.') return null;
        var token = new BootstrapToken(text[..IdLength], text[(IdLength + 1)..]);
        return (token.Id + token.Secret).All(letter => Letters.Contains(letter, StringComparison.Ordinal)) ? token : null;
    }

    /// <summary>Whether a text has the shape of an id.</summary>
    public static bool IsId(string? text) => text?.Length == IdLength && text.All(letter => Letters.Contains(letter, StringComparison.Ordinal));

    /// <summary>What is kept of the token: SHA-256 of its text.</summary>
    public byte[] Hash() => SHA256.HashData(Encoding.ASCII.GetBytes($"{Id}.{Secret}"));

    /// <summary>The token as its holder presents it. The id alone is printed where a record's text would be.</summary>
    public string Reveal() => $"{Id}.{Secret}";

    /// <inheritdoc/>
    public override string ToString() => $"bootstrap token `{Id}`";
}
