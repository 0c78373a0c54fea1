using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Kinds.Compute;

/// <summary>
/// <c>start</c>, <c>stop</c>, <c>restart</c>, <c>reset</c>, <c>pause</c>, <c>resume</c>: recorded in <c>status.operation</c> before
/// anyone acts on them. Asking again with the same id changes nothing, so a request whose answer was lost can be repeated.
/// </summary>
internal sealed class MachineOperationSubresource(string name, ResourceEndpoint resources, ObjectWriter writer) : ISubresource
{
    /// <summary>All operations.</summary>
    public static IReadOnlyList<string> Names { get; } = ["start", "stop", "restart", "reset", "pause", "resume"];

    private const int LongestId = 64;

    public KindInfo Kind { get; } = KindInfo.Of<VirtualMachine>();

    public string Name => name;

    public SubresourceInfo Info { get; } = new(name, nameof(MachineOperationRequest), ["create"]) { Body = typeof(MachineOperationRequest) };

    public async Task<ApiResult?> HandleAsync(RequestContext context, KindRegistration target, string? ns, CancellationToken cancellationToken)
    {
        if (context.Info.Verb != "create") throw Failures.MethodNotAllowed();
        var body = await BodyReader.ReadJsonAsync(context.Http.Request, cancellationToken);
        var asked = body.Length == 0 ? new MachineOperationRequest() : DocumentDecoder.Decode(body, Schemas.Of(typeof(MachineOperationRequest)), FieldValidation.Strict).As<MachineOperationRequest>();
        var machine = context.Info.Name!;
        var errors = new FieldErrors();
        if (asked.Id is { } given && (given.Length is 0 or > LongestId || !given.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))) errors.Invalid("id", given, $"must be 1 to {LongestId} letters, digits, `-`, `_` or `.`");
        if (asked.Force == true && name is not ("stop" or "restart")) errors.Forbidden("force", "only `stop` and `restart` can be forced");
        errors.ThrowIfAny(Kind, machine);
        var operation = new MachineOperation
        {
            Id = asked.Id ?? context.AuditId,
            Type = char.ToUpperInvariant(name[0]) + name[1..],
            Force = asked.Force,
            RequestedBy = context.RequiredCaller.Name,
            RequestedAt = context.Now,
        };
        var call = resources.Call(context, target, ns) with { Whole = true };
        var outcome = await writer.ModifyAsync(call, machine, old => StoredChange.Of(old, document => Record(document, old.As<VirtualMachine>(), operation)), cancellationToken);
        return new DocumentResult(200, outcome.Object);
    }

    private void Record(JsonObject document, VirtualMachine machine, MachineOperation operation)
    {
        var status = machine.Status;
        if (status?.Operation is { } earlier && earlier.Id == operation.Id)
        {
            if (earlier.Type != operation.Type) throw Failures.Conflict(Kind, machine.Metadata.Name!, $"request id `{operation.Id}` was used for `{earlier.Type}` before: choose another one");
            return;
        }

        if (machine.Metadata.DeletionTimestamp is not null && name != "stop") throw Failures.Conflict(Kind, machine.Metadata.Name!, "the machine is being deleted");
        if (name is not ("start" or "stop") && machine.Spec.PowerState == PowerState.Stopped) throw Failures.Conflict(Kind, machine.Metadata.Name!, $"the machine is to be stopped: start it before you {name} it");
        if (name is "start" or "stop") document.Child("spec")["powerState"] = name == "start" ? PowerState.Running : PowerState.Stopped;
        document.Child("status")["operation"] = JsonSerializer.SerializeToNode(operation, ApiJson.Strict);
    }
}
