using System.Security.Cryptography;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Lab.Tools;

namespace Rempart.Lab.Cluster;

/// <summary>A template of a guest that boots in seconds, with its images on every host: made by the administrator, approved by the security officer.</summary>
/// <param name="lab">the cluster.</param>
/// <param name="name">of the template and its class.</param>
/// <param name="guest">folder with `vmlinuz` and `initramfs.cpio.gz`.</param>
/// <param name="commandLine">of its kernel, behind the console's.</param>
/// <param name="diskBytes">size of its empty disk.</param>
internal sealed class GuestTemplate(LabCluster lab, string name, string guest, string commandLine = "quiet", int diskBytes = 1 << 20)
{
    /// <summary>The micro guest, which every lab has.</summary>
    internal static GuestTemplate Micro(LabCluster lab) => new(lab, "micro", lab.Layout.Plan.MicroGuest);

    /// <summary>May be repeated: what is there stays, and hosts without an image get it.</summary>
    internal async Task EnsureAsync(ApiClient api, CancellationToken cancellationToken)
    {
        var disk = Path.Combine(lab.Layout.Folder, "disk.raw");
        await File.WriteAllBytesAsync(disk, new byte[diskBytes], cancellationToken);
        var kernel = await UploadAsync("kernel", Path.Combine(guest, "vmlinuz"), ["--type", "Kernel"], cancellationToken);
        var initrd = await UploadAsync("initrd", Path.Combine(guest, "initramfs.cpio.gz"), ["--type", "Initrd"], cancellationToken);
        var root = await UploadAsync("disk", disk, ["--type", "Disk", "--format", "raw"], cancellationToken);
        if (await api.FindAsync<MachineClass>(null, name, cancellationToken) is null)
            await api.CreateAsync(new MachineClass { Metadata = new() { Name = name }, Spec = new() { Cpus = 1, Memory = Quantity.Parse("128Mi") } }, cancellationToken);
        if (await api.FindAsync<MachineTemplate>(null, name, cancellationToken) is null)
        {
            await api.CreateAsync(new MachineTemplate
            {
                Metadata = new() { Name = name },
                Spec = new()
                {
                    Os = new() { Family = "linux", Name = name },
                    RootDisk = root,
                    Boot = new() { Firmware = "Direct", Kernel = kernel, Initrd = initrd, CommandLine = $"console=ttyS0 {commandLine}" },
                    Classes = [name],
                },
            }, cancellationToken);
        }
        await Command.RunAsync([lab.Cli, "approve", name, "--yes", "--comment", "the lab's own"], null, cancellationToken, new Dictionary<string, string>(lab.Environment, StringComparer.Ordinal) { ["KUBECONFIG"] = lab.OfficerKubeconfig });
    }

    private async Task<TemplateDisk> UploadAsync(string part, string file, IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        var image = $"{name}-{part}";
        await Command.RunAsync([lab.Cli, "image", "upload", image, "--file", file, .. options, .. lab.Hosts.SelectMany(host => new[] { "--node", host.Name })], null, cancellationToken, lab.Environment);
        await using var stream = File.OpenRead(file);
        return new TemplateDisk { Image = image, Digest = $"sha256:{Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken))}" };
    }
}
