using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Security;
using Rempart.Api.Storage;
using Rempart.ApiServer.Admission;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Machines;

namespace Rempart.ApiServer.Approvals;

/// <summary>
/// Makes machines from approved templates only, and copies into each what it was made from. What it copies, and what places a
/// machine, can be written through <c>status</c> by nobody, whatever their role: else that would be a way around the approval.
/// </summary>
/// <param name="key">Public half of the cluster's approval key.</param>
internal sealed class MachineTemplateAdmission(ECDsa key) : IAdmissionPlugin
{
    // A key object is not for many threads; its bytes are.
    private readonly byte[] publicKey = key.ExportSubjectPublicKeyInfo();

    private static readonly KindInfo Kind = KindInfo.Of<VirtualMachine>();
    private static readonly string[] ByServer = ["template", "templateDigest", "resources", "nodeName", "runGeneration", "operation"];

    /// <inheritdoc/>
    public string Name => "MachineTemplate";

    /// <inheritdoc/>
    public async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Kind != Kind || request.Object is not { } document) return;
        switch (request)
        {
            case { Operation: AdmissionOperation.Create } when request.TryObjectAs<VirtualMachine>() is { } machine:
                Apply(request, document, await JudgeAsync(request, machine, cancellationToken));
                break;
            case { Operation: AdmissionOperation.Update, Subresource: null } when request.TryObjectAs<VirtualMachine>() is { } machine:
                Apply(request, document, await JudgeChangeAsync(request, request.Old!.As<VirtualMachine>(), machine, cancellationToken));
                break;
            case { Operation: AdmissionOperation.Update, Subresource: "status" }:
                var stored = request.Old!.ToJson()["status"] as JsonObject ?? [];
                foreach (var field in ByServer) document.Child("status").Take(field, stored);
                break;
        }
    }

    private async ValueTask<MachineVerdict> JudgeAsync(AdmissionRequest request, VirtualMachine machine, CancellationToken cancellationToken)
    {
        var template = await request.Objects.GetAsync<MachineTemplate>(null, machine.Spec.Template, cancellationToken);
        var machineClass = await request.Objects.GetAsync<MachineClass>(null, machine.Spec.Class, cancellationToken);
        var images = await request.Objects.ListAsync<Image>(null, cancellationToken);
        var approvals = await request.Objects.ListAsync<Approval>(null, cancellationToken);
        using var verifier = ECDsa.Create();
        verifier.ImportSubjectPublicKeyInfo(publicKey, out _);
        return MachineAdmission.Evaluate(machine, template, machineClass, images, approvals, verifier);
    }

    private static async ValueTask<MachineVerdict> JudgeChangeAsync(AdmissionRequest request, VirtualMachine before, VirtualMachine after, CancellationToken cancellationToken) =>
        MachineAdmission.EvaluateChange(before, after, await request.Objects.GetAsync<MachineClass>(null, after.Spec.Class, cancellationToken));

    private static void Apply(AdmissionRequest request, JsonObject document, MachineVerdict verdict)
    {
        if (verdict.Causes.Count > 0) throw Failures.Invalid(Kind, request.Name, verdict.Causes);
        var status = document.Child("status");
        status["templateDigest"] = verdict.TemplateDigest;
        status["template"] = JsonSerializer.SerializeToNode(verdict.Template, ApiJson.Strict);
        status["resources"] = JsonSerializer.SerializeToNode(verdict.Resources, ApiJson.Strict);
        foreach (var unset in status.Where(member => member.Value is null).Select(member => member.Key).ToArray()) status.Remove(unset);
    }
}
