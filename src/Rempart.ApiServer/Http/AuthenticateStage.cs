using Rempart.ApiServer.Authentication;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Http;

/// <summary>Asks each authenticator in order; a request without any credential goes on as anonymous, which is granted next to nothing.</summary>
internal sealed class AuthenticateStage(IReadOnlyList<IRequestAuthenticator> authenticators) : IRequestStage
{
    public const string AnonymousMethod = "anonymous";

    private static readonly Caller Anonymous = new() { Name = "system:anonymous", Groups = ["system:unauthenticated"], Method = AnonymousMethod };

    public async ValueTask RunAsync(RequestContext context, CancellationToken cancellationToken)
    {
        foreach (var authenticator in authenticators)
        {
            if (await authenticator.AuthenticateAsync(context.Http, cancellationToken) is not { } caller) continue;
            context.Caller = caller;
            return;
        }

        context.Caller = Anonymous;
    }
}
