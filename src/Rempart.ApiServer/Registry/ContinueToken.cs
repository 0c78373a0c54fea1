using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Rempart.ApiServer.Registry;

/// <summary>Where a list goes on, opaque to clients.</summary>
/// <param name="Revision">The snapshot that all parts show.</param>
/// <param name="After">Key of the last object that was given.</param>
internal sealed record ContinueToken(long Revision, string After)
{
    private const int Longest = 2048;

    public override string ToString() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Revision}:{After}")));

    public static ContinueToken Parse(string text)
    {
        if (text.Length <= Longest && Base64Url.IsValid(text))
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(':', 2);
            if (parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var revision) && revision > 0 && parts[1].All(c => c is >= ' ' and <= '~'))
            {
                return new ContinueToken(revision, parts[1]);
            }
        }

        throw Failures.BadRequest("continue key is not valid: list again without it");
    }
}
