using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Kinds.Compute;

/// <summary>
/// <c>virtualmachines/binding</c>: the one way onto a host. Compare-and-swap into <c>status.nodeName</c>; each binding raises
/// <c>status.runGeneration</c>, by which a run that was bound before is told from this one.
/// </summary>
internal sealed class MachineBindingSubresource(ResourceEndpoint resources, ObjectWriter writer) : ISubresource
{
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
        var call = resources.Call(context, target, ns) with { Whole = true };
        var outcome = await writer.ModifyAsync(call, name, old => StoredChange.Of(old, document =>
        {
            var metadata = document.Metadata();
            var status = document.Child("status");
            Check(name, metadata.Text("uid"), metadata.Text("deletionTimestamp"), status.Text("nodeName"), binding);
            status["nodeName"] = binding.NodeName;
            status["runGeneration"] = (status.Number("runGeneration") ?? 0) + 1;
        }), cancellationToken);
        return new StatusResult(new ApiStatus { Status = "Success", Code = 201, Details = new StatusDetails { Name = name, Group = Kind.Group, Kind = Kind.Plural, Uid = outcome.Object.As<VirtualMachine>().Metadata.Uid } });
    }

    private void Check(string name, string? uid, string? deletion, string? holder, MachineBinding binding)
    {
        // A body without metadata has none: generated deserializers of records with required members leave initializers out.
        if (binding.Metadata?.Uid is { Length: > 0 } wanted && wanted != uid) throw Failures.Conflict(Kind, name, $"Precondition failed: UID in precondition: {wanted}, UID in object meta: {uid}");
        if (deletion is not null) throw Failures.Conflict(Kind, name, $"machine {name} is being deleted, cannot be assigned to a host");
        if (holder is { Length: > 0 }) throw Failures.Conflict(Kind, name, $"machine {name} is already assigned to node \"{holder}\"");
    }
}
