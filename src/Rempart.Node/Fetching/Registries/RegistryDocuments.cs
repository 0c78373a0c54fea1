using System.Globalization;
using Rempart.Api.Tunnel;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching.Registries;

/// <summary>Gets the short documents of registries and of who gives away their tokens.</summary>
internal sealed class RegistryDocuments(JailedCurl curl, PoolFolder pool)
{
    /// <summary>Asks once.</summary>
    /// <param name="download">where; no redirect leads to another port than the source's own and 443.</param>
    /// <param name="accept">media types.</param>
    /// <param name="terms">where it may go.</param>
    /// <param name="cancellationToken">ends it.</param>
    /// <exception cref="VolumeException">it can't be asked, or its answer is too long.</exception>
    internal async Task<(CurlAnswer Answer, CurlOutcome Outcome, byte[] Bytes)> GetAsync(Download download, string accept, FetchTerms terms, CancellationToken cancellationToken)
    {
        using var staged = pool.Stage();
        using var body = Partial.Open(staged.File("document"));
        var request = new CurlRequest { Url = download.Url, SourcePort = download.SourcePort, Token = download.Bearer?.Token, Accept = accept, Body = body, Most = download.Most };
        var answer = await curl.RunAsync(request, terms, (_, _) => Task.CompletedTask, cancellationToken);
        var length = RandomAccess.GetLength(body);
        if (length > download.Most) throw new VolumeException(VolumeFault.TooLarge, string.Create(CultureInfo.InvariantCulture, $"the registry's answer is longer than {download.Most} bytes"));
        var bytes = new byte[length];
        var read = await RandomAccess.ReadAsync(body, bytes, 0, cancellationToken);
        return (answer, CurlOutcome.Of(answer, request), bytes[..read]);
    }
}
