using Rempart.Api.Meta;
using Rempart.ApiServer.Authentication;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Flow;

/// <summary>
/// The first stage: finds out who asks and whether they may ask now. Whoever shows no certificate is held to what their address may before
/// anything is looked up for them; a certificate, and a token that was good before, is checked without the store, so that its holder's own limits are what counts.
/// </summary>
internal sealed class AdmitStage(IRequestStage authenticate, IReadOnlyList<IRemembersCredentials> memories, FlowControl control) : IRequestStage
{
    public async ValueTask RunAsync(RequestContext context, CancellationToken cancellationToken)
    {
        if (context.Http.Connection.ClientCertificate is null && !memories.Any(memory => memory.Remembers(context.Http))) await EnterUnknownAsync(context, cancellationToken);
        try
        {
            await authenticate.RunAsync(context, cancellationToken);
        }
        catch (ApiException) when (context.Permit is null)
        {
            // A certificate that does not count: its holder is nobody.
            await EnterUnknownAsync(context, cancellationToken);
            throw;
        }

        var caller = context.RequiredCaller;
        if (caller.Method == Credentials.Anonymous) return;
        context.Permit?.Dispose();
        context.Permit = null;
        var (level, client) = FlowClassifier.Of(control.Levels, caller, context.Info);
        context.Permit = await control.Gate(level).EnterAsync(client, FlowClassifier.Kind(context.Info), cancellationToken);
    }

    // Whoever is nobody opens no stream: the kind of request does not matter.
    private async Task EnterUnknownAsync(RequestContext context, CancellationToken cancellationToken) =>
        context.Permit = await control.Gate(FlowClassifier.OfUnknown(control.Levels, context.Info))
            .EnterAsync(FlowClassifier.Address(context.Http.Connection.RemoteIpAddress), new FlowKind(Stream: false, Recorded: false), cancellationToken);
}
