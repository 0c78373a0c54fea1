using System.Security.Cryptography;
using Rempart.Api.Audit;
using Rempart.Api.Meta;
using Rempart.ApiServer.Audit;
using Rempart.ApiServer.Flow;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Tunnel;

namespace Rempart.ApiServer.Http;

/// <summary>Writes the audit trail of requests: refusals, reads of secrets, and each write's intent and outcome.</summary>
internal sealed class RequestAudit(IAuditLog log, RefusalLedger refusals) : IAuditRecords, IStreamAudit
{
    public IWriteAudit Begin(RequestContext context) => new WriteAudit(log, Describe(context));

    /// <summary>The records of a write by the server itself.</summary>
    public IWriteAudit BeginByServer() => new WriteAudit(log, new AuditRecord
    {
        Stage = AuditStage.Intent, AuditId = Guid.NewGuid().ToString(), User = ServerWriter.UserName, Method = "server", Decision = "allow", Reason = "the server's own work",
    });

    public async ValueTask ReadAsync(RequestContext context, KindInfo kind, CancellationToken cancellationToken)
    {
        if (kind is { Kind: "Secret", Group: "" }) await log.AppendAsync(Describe(context) with { Stage = AuditStage.Outcome, Status = 200 }, cancellationToken);
    }

    public async ValueTask RefusedAsync(RequestContext context, ApiStatus status) =>
        await refusals.AddAsync(ClientOf(context), Describe(context) with { Stage = AuditStage.Outcome, Decision = "deny", Reason = status.Message, Status = status.Code });

    public async ValueTask OpeningAsync(RequestContext context, string note, CancellationToken cancellationToken) =>
        await log.AppendAsync(Describe(context) with { Note = note }, cancellationToken);

    public async ValueTask EndedAsync(RequestContext context, int status, string note) =>
        await log.AppendAsync(Describe(context) with { Stage = AuditStage.Outcome, Status = status, Note = note }, CancellationToken.None);

    private static string ClientOf(RequestContext context) => context.Caller is { } caller && caller.Method != AuthenticateStage.AnonymousMethod
        ? caller.Name : FlowClassifier.Address(context.Http.Connection.RemoteIpAddress);

    private static AuditRecord Describe(RequestContext context)
    {
        var (info, caller) = (context.Info, context.Caller);
        return new AuditRecord
        {
            Stage = AuditStage.Intent,
            AuditId = context.AuditId,
            User = caller?.Name,
            Groups = caller?.Groups,
            ImpersonatedBy = caller?.ImpersonatedBy,
            Method = caller?.Method,
            Credential = caller?.Credential,
            Source = context.Http.Connection.RemoteIpAddress?.ToString(),
            Verb = info.Verb,
            Group = info.IsResource ? info.Group : null,
            Version = info.IsResource ? info.Version : null,
            Resource = info.Resource,
            Subresource = info.Subresource,
            Namespace = info.Namespace,
            Name = info.Name,
            Path = info.IsResource ? null : info.Path,
            Decision = "allow",
            Reason = context.Decision?.Reason,
        };
    }

    private sealed class WriteAudit(IAuditLog log, AuditRecord request) : IWriteAudit
    {
        private AuditRecord? _intent;

        public string Id => request.AuditId;

        public bool HasBegun => _intent is not null;

        public async ValueTask IntentAsync(string key, long known, ReadOnlyMemory<byte>? before, ReadOnlyMemory<byte>? after, CancellationToken cancellationToken)
        {
            _intent = request with { Key = key, Revision = known, Before = Digest(before), After = Digest(after) };
            await log.AppendAsync(_intent, cancellationToken);
        }

        public void Outcome(long revision) =>
            log.AppendSoon((_intent ?? request) with { Stage = AuditStage.Outcome, Revision = revision == 0 ? null : revision, Status = revision == 0 ? 409 : 200 });

        public async ValueTask NothingAsync(int status, string why) =>
            await log.AppendAsync((_intent ?? request) with { Stage = AuditStage.Outcome, Revision = null, Status = status, Note = why }, CancellationToken.None);

        private static string? Digest(ReadOnlyMemory<byte>? document) => document is { } bytes ? Convert.ToHexStringLower(SHA256.HashData(bytes.Span)) : null;
    }
}
