using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Storage;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Quotas;

namespace Rempart.ApiServer.Admission;

/// <summary>Holds new and changed machines and volumes to the LimitRanges of their project, and gives blank volumes their default size.</summary>
internal sealed class LimitRanger : IAdmissionPlugin
{
    private static readonly KindInfo Machine = KindInfo.Of<VirtualMachine>();
    private static readonly KindInfo Volume = KindInfo.Of<Volume>();

    public string Name => "LimitRanger";

    public async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request is not { Operation: AdmissionOperation.Create, Object: { } document } || request.Kind != Volume) return;
        if (request.TryObjectAs<Volume>()?.Spec is not { Size: null, Source: null }) return;
        if (LimitRules.DefaultSize(await request.Objects.ListAsync<LimitRange>(request.Namespace, cancellationToken)) is { } size) document.Child("spec")["size"] = size.ToString();
    }

    public async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation == AdmissionOperation.Delete || request.Subresource is not null) return;
        ApiObject value;
        if (request.Kind == Machine) value = request.ObjectAs<VirtualMachine>();
        else if (request.Kind == Volume) value = request.ObjectAs<Volume>();
        else return;
        // What was there before a bound stays, and may be changed in all else.
        if (request.Old is { } old && IsAsLarge(value, old)) return;
        var problems = LimitRules.Problems(await request.Objects.ListAsync<LimitRange>(request.Namespace, cancellationToken), value);
        if (problems.Count > 0) throw Failures.Forbidden(request.Kind, request.Name, problems.Count == 1 ? problems[0] : $"[{string.Join(", ", problems)}]");
    }

    private static bool IsAsLarge(ApiObject value, CachedObject old) => value switch
    {
        VirtualMachine machine => machine.Status?.Resources == old.As<VirtualMachine>().Status?.Resources,
        Volume volume => volume.Spec.Size == old.As<Volume>().Spec.Size,
        _ => true,
    };
}
