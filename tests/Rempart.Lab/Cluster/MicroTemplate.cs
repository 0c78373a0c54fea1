using System.Security.Cryptography;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Lab.Tools;

namespace Rempart.Lab.Cluster;

/// <summary>A template of the micro guest, which boots in seconds, with its images on every host: made by the administrator, approved by the security officer.</summary>
internal sealed class MicroTemplate(LabCluster lab)
{
    /// <summary>Of the template and its class.</summary>
    internal const string Name = "micro";

    private const int DiskBytes = 1 << 20;

    /// <summary>May be repeated: what is there stays, and hosts without an image get it.</summary>
    internal async Task EnsureAsync(ApiClient api, CancellationToken cancellationToken)
    {
        var disk = Path.Combine(lab.Layout.Folder, "disk.raw");
        await File.WriteAllBytesAsync(disk, new byte[DiskBytes], cancellationToken);
        var kernel = await UploadAsync("kernel", Path.Combine(lab.Layout.Plan.MicroGuest, "vmlinuz"), ["--type", "Kernel"], cancellationToken);
        var initrd = await UploadAsync("initrd", Path.Combine(lab.Layout.Plan.MicroGuest, "initramfs.cpio.gz"), ["--type", "Initrd"], cancellationToken);
        var root = await UploadAsync("disk", disk, ["--type", "Disk", "--format", "raw"], cancellationToken);
        if (await api.FindAsync<MachineClass>(null, Name, cancellationToken) is null)
            await api.CreateAsync(new MachineClass { Metadata = new() { Name = Name }, Spec = new() { Cpus = 1, Memory = Quantity.Parse("128Mi") } }, cancellationToken);
        if (await api.FindAsync<MachineTemplate>(null, Name, cancellationToken) is null)
        {
            await api.CreateAsync(new MachineTemplate
            {
                Metadata = new() { Name = Name },
                Spec = new()
                {
                    Os = new() { Family = "linux", Name = "micro" },
                    RootDisk = root,
                    Boot = new() { Firmware = "Direct", Kernel = kernel, Initrd = initrd, CommandLine = "console=ttyS0 quiet" },
                    Classes = [Name],
                },
            }, cancellationToken);
        }
        await Command.RunAsync([lab.Cli, "approve", Name, "--yes", "--comment", "the lab's own"], null, cancellationToken, new Dictionary<string, string>(lab.Environment, StringComparer.Ordinal) { ["KUBECONFIG"] = lab.OfficerKubeconfig });
    }

    private async Task<TemplateDisk> UploadAsync(string part, string file, IReadOnlyList<string> options, CancellationToken cancellationToken)
    {
        var name = $"{Name}-{part}";
        await Command.RunAsync([lab.Cli, "image", "upload", name, "--file", file, .. options, .. lab.Hosts.SelectMany(host => new[] { "--node", host.Name })], null, cancellationToken, lab.Environment);
        await using var stream = File.OpenRead(file);
        return new TemplateDisk { Image = name, Digest = $"sha256:{Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken))}" };
    }
}
