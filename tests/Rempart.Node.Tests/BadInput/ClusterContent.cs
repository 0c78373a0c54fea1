using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Api.Security;
using Rempart.Api.Storage;
using Rempart.Node.Tests.Agent;
using Rempart.Node.Tests.Volumes;

namespace Rempart.Node.Tests.BadInput;

/// <summary>What must be in a cluster before a machine can run: images, a class, an approved template, a project `p`.</summary>
internal static class ClusterContent
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    /// <summary>A project `p` may have machines of template `micro` and class `tiny` afterwards.</summary>
    public static async Task PrepareAsync(ServerProgram server, ApiClient admin, byte[] disk, byte[] kernel, byte[] initrd, CancellationToken stop)
    {
        var root = await UploadAsync(admin, "disk", "Disk", disk, stop);
        var (boot, ramdisk) = (await UploadAsync(admin, "kernel", "Kernel", kernel, stop), await UploadAsync(admin, "initrd", "Initrd", initrd, stop));
        await admin.CreateAsync(new MachineClass { Metadata = new() { Name = "tiny" }, Spec = new() { Cpus = 1, Memory = Quantity.Parse("128Mi") } }, stop);
        var template = await admin.CreateAsync(new MachineTemplate
        {
            Metadata = new() { Name = "micro" },
            Spec = new()
            {
                Os = new() { Family = "linux", Name = "micro" },
                RootDisk = root,
                Boot = new() { Firmware = "Direct", Kernel = boot, Initrd = ramdisk, CommandLine = "console=ttyS0 quiet" },
                Classes = ["tiny"],
            },
        }, stop);
        using var officer = server.Client("security-officer");
        await officer.CreateAsync(new Approval
        {
            Metadata = new() { Name = "micro" },
            Spec = new() { Template = "micro", TemplateUid = template.Metadata.Uid!, Digest = template.Status!.Digest! },
        }, stop);
        await admin.CreateAsync(new Namespace { Metadata = new() { Name = "p" } }, stop);
    }

    private static async Task<TemplateDisk> UploadAsync(ApiClient admin, string name, string type, byte[] bytes, CancellationToken stop)
    {
        var digest = "sha256:" + PoolFixture.Digest(bytes);
        await admin.CreateAsync(new Image { Metadata = new() { Name = name }, Spec = new() { Type = type, Digest = digest, Format = type == "Disk" ? "qcow2" : null } }, stop);
        for (var i = 0; ; i++)
        {
            try
            {
                using var content = new ByteArrayContent(bytes);
                content.Headers.ContentType = new("application/octet-stream");
                using var request = new HttpRequestMessage(HttpMethod.Put, KindInfo.Of<Image>().Path(null, name, "upload")) { Content = content, Version = new(2, 0) };
                using var response = await admin.OpenAsync(request, stop);
                return new TemplateDisk { Image = name, Digest = digest };
            }
            catch (ApiException early) when (early.Code == 503 && i < 100)
            {
                // The agent's tunnel may come after its first report.
                await Task.Delay(Look, TimeProvider.System, stop);
            }
        }
    }
}
