using System.Security.Cryptography;
using Rempart.Api.Compute;
using Rempart.Api.Security;
using Rempart.Api.Storage;
using Rempart.Controllers.Compute;
using Rempart.Policy.Machines;
using Rempart.Runtime.Conditions;
using Rempart.Testing.Api;

namespace Rempart.Controllers.Tests.Compute;

public sealed class TemplateControllerTests : IAsyncDisposable
{
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ControllerWorld _world;

    public TemplateControllerTests()
    {
        _world = new ControllerWorld(TestContext.Current.CancellationToken, TemplateController.Registration(_key));
        _world.Api.Seed(MachineWorld.Image("h1"));
        var template = _world.Api.Seed(new MachineTemplate { Metadata = new() { Name = "debian" }, Spec = MachineWorld.Template, Status = new() { Authors = ["alice"] } });
        var machine = MachineWorld.Machine("web");
        _world.Api.Seed(machine with { Status = machine.Status! with { TemplateDigest = TemplateDigest.Of(template.Spec) } });
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_approval_is_seen_on_the_template_and_its_machines_and_so_is_its_end()
    {
        await _world.UntilAsync("no approval", () => Template("Approved") == "NotApproved" && Template("ImagesReady") == "Ready" && Machine() == "NotApproved");
        Approve();
        await _world.UntilAsync("the approval", () => Template("Approved") == "Approved" && Machine() == "Approved");
        using var client = _world.Api.Client();
        await client.DeleteAsync<Approval>(null, "a", null, Stop);
        await _world.UntilAsync("its end", () => Template("Approved") == "NotApproved" && Machine() == "NotApproved");
    }

    [Fact]
    public async Task A_machine_of_a_template_that_was_edited_or_is_gone_says_so()
    {
        Approve();
        // All that the controller has to say is said: the edit below must not meet one of its writes.
        await _world.UntilAsync("the approval", () => Template("Approved") == "Approved" && Template("ImagesReady") == "Ready" && Machine() == "Approved");
        using var client = _world.Api.Client();
        var template = _world.Api.Find<MachineTemplate>(null, "debian")!;
        await client.UpdateAsync(template with { Spec = template.Spec with { Classes = ["small", "large"] } }, Stop);
        await _world.UntilAsync("the edit", () => Template("Approved") == "ApprovalVoid" && Machine() == "TemplateChanged");
        await client.DeleteAsync<MachineTemplate>(null, "debian", null, Stop);
        await _world.UntilAsync("the loss", () => Machine() == "TemplateGone");
    }

    [Fact]
    public async Task Images_that_are_missing_or_other_are_named()
    {
        var image = MachineWorld.Image("h1");
        _world.Api.Seed(image with { Status = new() { Phase = "Uploading" } });
        await _world.UntilAsync("the wait", () => Template("ImagesReady") == "ImageNotReady");
        using var client = _world.Api.Client();
        await client.DeleteAsync<Image>(null, "debian-12", null, Stop);
        await _world.UntilAsync("the loss", () => Template("ImagesReady") == "ImageMissing");
        _world.Api.Seed(image with { Spec = image.Spec with { Digest = "sha256:" + new string('2', 64) } });
        await _world.UntilAsync("the other", () => Template("ImagesReady") == "DigestDiffers");
    }

    public async ValueTask DisposeAsync()
    {
        await _world.DisposeAsync();
        _key.Dispose();
    }

    private string? Template(string condition) => _world.Api.Find<MachineTemplate>(null, "debian")!.Status!.Conditions.Find(condition)?.Reason;

    private string? Machine() => _world.Api.Find<VirtualMachine>("p", "web")!.Status!.Conditions.Find("TemplateApproved")?.Reason;

    private void Approve()
    {
        var template = _world.Api.Find<MachineTemplate>(null, "debian")!;
        var spec = new ApprovalSpec
        {
            Template = "debian", TemplateUid = template.Metadata.Uid!, TemplateGeneration = template.Metadata.Generation, Digest = TemplateDigest.Of(template.Spec), Approver = "bob",
        };
        _world.Api.Seed(new Approval { Metadata = new() { Name = "a" }, Spec = spec with { Signature = ApprovalSignature.Sign(spec, _key) } });
    }
}
