using Rempart.Api.Storage;
using Rempart.Api.Tunnel;

namespace Rempart.Node.Fetching.Registries;

/// <summary>A token that everybody may have, to read one repository. Who gives it away is another host as often as not, and is held to the same rules.</summary>
internal sealed class RegistryToken(RegistryDocuments documents, ContainerReference reference, FetchTerms terms) : IBearer
{
    private const int MostBytes = 64 * 1024;
    private const int MostRenewals = 24;
    private int renewals;

    public string? Token { get; private set; }

    public async Task<bool> RenewAsync(CurlAnswer refusal, CancellationToken cancellationToken)
    {
        if (++renewals > MostRenewals || RegistryChallenge.TokenUrl(refusal.Head?.Challenge, reference.Repository) is not { } realm) return false;
        var (_, given, json) = await documents.GetAsync(new Download(realm, reference.Port) { Most = MostBytes }, "application/json", terms, cancellationToken);
        if (given.Step != CurlStep.Done) throw given.Failure!;
        Token = RegistryChallenge.Token(json);
        return true;
    }
}
