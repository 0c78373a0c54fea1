using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Rempart.ApiServer.Certificates;

/// <summary>User and groups in a certificate's subject: one common name, any number of organizations, nothing else (as kube-apiserver reads client certificates).</summary>
/// <param name="User">The common name.</param>
/// <param name="Groups">The organizations, without repetitions.</param>
internal sealed record DistinguishedName(string User, IReadOnlyList<string> Groups)
{
    private const string CommonName = "2.5.4.3";
    private const string Organization = "2.5.4.10";
    private const int MaxLength = 256;
    private const int MaxGroups = 64;

    /// <summary>Reads a subject. Several organizations may share one set, as Go writes them.</summary>
    /// <exception cref="CryptographicException">It holds anything else.</exception>
    public static DistinguishedName Parse(X500DistinguishedName subject)
    {
        string? user = null;
        var groups = new List<string>();
        try
        {
            var sets = new AsnReader(subject.RawData, AsnEncodingRules.DER).ReadSequence();
            while (sets.HasData)
            {
                var set = sets.ReadSetOf(skipSortOrderValidation: true);
                while (set.HasData)
                {
                    var attribute = set.ReadSequence();
                    var type = attribute.ReadObjectIdentifier();
                    var value = Text(attribute);
                    if (type == CommonName && user is null) user = value;
                    else if (type == Organization && groups.Count < MaxGroups) groups.Add(value);
                    else throw new CryptographicException("the subject may hold one common name (CN) and organizations (O), and nothing else");
                }
            }
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("the subject can't be read", e);
        }

        return user is null ? throw new CryptographicException("the subject has no common name (CN)") : new DistinguishedName(user, [.. groups.Distinct()]);
    }

    public X500DistinguishedName Encode()
    {
        var builder = new X500DistinguishedNameBuilder();
        // The builder writes what was added last first.
        builder.AddCommonName(User);
        foreach (var group in Groups.Reverse()) builder.AddOrganizationName(group);
        return builder.Build();
    }

    private static string Text(AsnReader attribute)
    {
        var tag = attribute.PeekTag();
        if (tag.TagClass != TagClass.Universal) throw new CryptographicException("the subject can't be read");
        var value = attribute.ReadCharacterString((UniversalTagNumber)tag.TagValue);
        // Control characters would let one name look like another in logs.
        return value.Length is 0 or > MaxLength || value.Any(char.IsControl) ? throw new CryptographicException("a name in the subject is empty, too long or not printable") : value;
    }
}
