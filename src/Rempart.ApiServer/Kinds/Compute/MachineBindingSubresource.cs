using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Kinds.Compute;

/// <summary>
/// <c>virtualmachines/binding</c>: the one way onto a host. Compare-and-swap into <c>status.nodeName</c>; each binding raises
/// <c>status.runGeneration</c>, by which a run that was bound before is told from this one. A machine that moves is bound anew by its target.
/// </summary>
internal sealed class MachineBindingSubresource(ResourceEndpoint resources, ObjectWriter writer) : ISubresource
{
    private readonly MoveCommit _moves = new(writer);

    public KindInfo Kind { get; } = KindInfo.Of<VirtualMachine>();

    public string Name => "binding";

    public SubresourceInfo Info { get; } = new("binding", nameof(MachineBinding), ["create"]) { Body = typeof(MachineBinding), Answer = typeof(ApiStatus) };

    public async Task<ApiResult?> HandleAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        if (context.Info.Verb != "create") throw Failures.MethodNotAllowed();
        var name = context.Info.Name!;
        var body = await BodyReader.ReadJsonAsync(context.Http.Request, cancellationToken);
        var decoded = DocumentDecoder.Decode(body, Schemas.Of(typeof(MachineBinding)), FieldValidation.Strict);
        decoded.Missing.ThrowIfAny(Kind, name);
        var binding = decoded.As<MachineBinding>();
        if (writer.Cache.Get(KindInfo.Of<Node>(), null, binding.NodeName) is null) throw Failures.NotFound(KindInfo.Of<Node>(), binding.NodeName);
        Check(name, binding);
        var call = resources.Call(context, target, ns) with { Whole = true };
        if (binding.Migration is not null) return Bound(name, await _moves.CommitAsync(call, name, binding, cancellationToken));
        var outcome = await writer.ModifyAsync(call, name, old => StoredChange.Of(old, document =>
        {
            var metadata = document.Metadata();
            var status = document.Child("status");
            Check(name, metadata.Text("uid"), metadata.Text("deletionTimestamp"), status.Text("nodeName"), binding);
            status["nodeName"] = binding.NodeName;
            status["runGeneration"] = (status.Number("runGeneration") ?? 0) + 1;
        }), cancellationToken);
        return Bound(name, outcome.Object);
    }

    private StatusResult Bound(string name, CachedObject machine) =>
        new(new ApiStatus { Status = "Success", Code = 201, Details = new StatusDetails { Name = name, Group = Kind.Group, Kind = Kind.Plural, Uid = machine.As<VirtualMachine>().Metadata.Uid } });

    private void Check(string name, MachineBinding binding)
    {
        var errors = new FieldErrors();
        if (binding.Migration is null)
        {
            if (binding.MigrationUid is not null) errors.Forbidden("migrationUid", "it belongs to `migration`, which is not there");
            if (binding.RunGeneration is not null) errors.Forbidden("runGeneration", "it belongs to `migration`, which is not there");
        }
        else
        {
            if (binding.MigrationUid is not { Length: > 0 }) errors.Required("migrationUid", "the uid of the machinemigration");
            if (binding.RunGeneration is null) errors.Required("runGeneration", "the machine's `status.runGeneration` before the move");
        }

        errors.ThrowIfAny(Kind, name);
    }

    private void Check(string name, string? uid, string? deletion, string? holder, MachineBinding binding)
    {
        // A body without metadata has none: generated deserializers of records with required members leave initializers out.
        if (binding.Metadata?.Uid is { Length: > 0 } wanted && wanted != uid) throw Failures.Conflict(Kind, name, $"Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}");
        if (deletion is not null) throw Failures.Conflict(Kind, name, $"machine {name} is being deleted, cannot be assigned to a host");
        if (holder is { Length: > 0 }) throw Failures.Conflict(Kind, name, $"machine {name} is already assigned to node \"{holder}\"");
    }
}
