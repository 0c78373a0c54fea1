using System.Globalization;
using Rempart.Api.Authentication;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Kinds.Reviews;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Tunnel;

namespace Rempart.ApiServer.ServiceAccounts;

/// <summary><c>serviceaccounts/token</c>: makes a token of the account (<c>kubectl create token</c>). The trail has its id, never the token.</summary>
internal sealed class TokenSubresource(TokenIssuer issuer, IObjectReader reader, IStreamAudit audit) : ISubresource
{
    private const int MostAudiences = 16;
    private const int LongestAudience = 256;

    private static readonly KindInfo Asked = KindInfo.Of<TokenRequest>();

    public KindInfo Kind { get; } = KindInfo.Of<ServiceAccount>();

    public string Name => "token";

    public SubresourceInfo Info { get; } = new("token", nameof(TokenRequest), ["create"]) { Body = typeof(TokenRequest), Answer = typeof(TokenRequest), Foreign = Asked };

    public async Task<ApiResult?> HandleAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        if (context.Info.Verb != "create") throw Failures.MethodNotAllowed();
        var name = context.Info.Name!;
        var request = await ReviewBody.ReadAsync<TokenRequest>(context, cancellationToken);
        var account = await reader.GetAsync<ServiceAccount>(ns, name, cancellationToken) ?? throw Failures.NotFound(Kind, name);
        Check(request, ns, name);
        var bound = request.Spec?.BoundObjectRef is { } reference ? await BindAsync(reference, account, cancellationToken) : null;
        var seconds = request.Spec?.ExpirationSeconds ?? (long)TokenIssuer.Lifetime.TotalSeconds;
        if (seconds > TokenIssuer.LongestLifetime.TotalSeconds)
        {
            var most = (long)TokenIssuer.LongestLifetime.TotalSeconds;
            context.Warnings.Add(string.Create(CultureInfo.InvariantCulture, $"requested expiration of {seconds} seconds shortened to {most} seconds"));
            seconds = most;
        }

        var audiences = request.Spec?.Audiences is { Count: > 0 } given ? given : [issuer.Audience];
        var answer = request with
        {
            Metadata = (request.Metadata ?? new ObjectMeta()) with { Name = name, Namespace = ns, CreationTimestamp = context.Now },
            Spec = (request.Spec ?? new TokenRequestSpec()) with { Audiences = audiences, ExpirationSeconds = seconds },
            Status = new TokenRequestStatus { ExpirationTimestamp = DateTimeOffset.FromUnixTimeSeconds(context.Now.ToUnixTimeSeconds() + seconds) },
        };
        // A dry run is no way to get one.
        if (context.Query.DryRun) return ReviewBody.Answer(answer);
        var (token, claims) = issuer.Issue(account, audiences, TimeSpan.FromSeconds(seconds), bound, context.Now);
        await audit.EndedAsync(context, 201, $"made token `{claims.CredentialId}` for {string.Join(", ", audiences.Select(a => $"`{a}`"))}, good for {seconds.ToString(CultureInfo.InvariantCulture)} s");
        return ReviewBody.Answer(answer with { Status = answer.Status with { Token = token } });
    }

    private static void Check(TokenRequest request, string? ns, string name)
    {
        var errors = new FieldErrors();
        if (request.Metadata?.Name is { Length: > 0 } named && named != name) errors.Invalid("metadata.name", named, "must match the service account name if specified");
        if (request.Metadata?.Namespace is { Length: > 0 } within && within != ns) errors.Invalid("metadata.namespace", within, "must match the service account namespace if specified");
        if (request.Spec?.ExpirationSeconds is { } seconds && seconds < TokenIssuer.ShortestLifetime.TotalSeconds) errors.Invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
        if (request.Spec?.ExpirationSeconds is > 1L << 32) errors.Invalid("spec.expirationSeconds", request.Spec.ExpirationSeconds, "may not specify a duration larger than 2^32 seconds");
        var audiences = request.Spec?.Audiences ?? [];
        if (audiences.Count > MostAudiences) errors.TooMany("spec.audiences", audiences.Count, MostAudiences);
        for (var i = 0; i < Math.Min(audiences.Count, MostAudiences); i++)
        {
            if (audiences[i].Length is 0 or > LongestAudience || audiences[i].Any(char.IsControl)) errors.Invalid($"spec.audiences[{i}]", audiences[i], $"must have 1 to {LongestAudience} characters, none of them for control");
        }

        errors.ThrowIfAny(Asked, name);
    }

    private async ValueTask<BoundObject> BindAsync(BoundObjectReference reference, ServiceAccount account, CancellationToken cancellationToken)
    {
        var ns = account.Metadata.Namespace;
        return reference switch
        {
            { ApiVersion: "v1", Kind: "Secret" } => Bound(await reader.GetAsync<Secret>(ns, reference.Name ?? "", cancellationToken), reference),
            { ApiVersion: "v1", Kind: "Node" } => Bound(await reader.GetAsync<Node>(null, reference.Name ?? "", cancellationToken), reference),
            { ApiVersion: "v1", Kind: "Pod" } => Bound(OfAccount(await reader.GetAsync<Pod>(ns, reference.Name ?? "", cancellationToken), account), reference),
            _ => throw Failures.BadRequest($"cannot bind token to object of type {reference.ApiVersion}, Kind={reference.Kind}"),
        };
    }

    private static Pod? OfAccount(Pod? pod, ServiceAccount account) =>
        pod is not null && !(pod.Spec is { ValueKind: System.Text.Json.JsonValueKind.Object } spec && spec.TryGetProperty("serviceAccountName", out var name) && name.ValueKind == System.Text.Json.JsonValueKind.String && name.ValueEquals(account.Metadata.Name))
            ? throw Failures.BadRequest($"cannot bind token for serviceaccount \"{account.Metadata.Name}\" to pod running with different serviceaccount name.")
            : pod;

    private static BoundObject Bound<T>(T? found, BoundObjectReference reference) where T : ApiObject
    {
        var kind = KindInfo.Of<T>();
        if (found?.Metadata is not { Uid: { } uid, Name: { } name }) throw Failures.NotFound(kind, reference.Name ?? "");
        return reference.Uid is { Length: > 0 } wanted && wanted != uid
            ? throw Failures.Conflict(kind, name, $"the UID in the bound object reference ({wanted}) does not match the UID in record. The object might have been deleted and then recreated")
            : new BoundObject(kind.Kind, new TokenObject(name, uid));
    }
}
