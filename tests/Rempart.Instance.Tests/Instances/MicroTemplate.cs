using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Security;
using Rempart.Api.Storage;

namespace Rempart.Instance.Tests.Instances;

/// <summary>A template of the micro guest, which boots in two seconds and then needs no processor: many machines at once, and quickly. The benches have it from here.</summary>
internal static class MicroTemplate
{
    public const string Name = "tests-micro";

    private const int DiskBytes = 1 << 20;

    /// <summary>Makes it, with its images and its class, and has the security officer approve it. May be called again.</summary>
    public static async Task EnsureAsync(ApiClient api, string home, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(home, "node", "micro");
        var kernel = await UploadAsync(api, "kernel", "Kernel", await File.ReadAllBytesAsync(Path.Combine(folder, "vmlinuz"), cancellationToken), cancellationToken);
        var initrd = await UploadAsync(api, "initrd", "Initrd", await File.ReadAllBytesAsync(Path.Combine(folder, "initramfs.cpio.gz"), cancellationToken), cancellationToken);
        var disk = await UploadAsync(api, "disk", "Disk", new byte[DiskBytes], cancellationToken);
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
                    RootDisk = disk,
                    Boot = new() { Firmware = "Direct", Kernel = kernel, Initrd = initrd, CommandLine = "console=ttyS0 quiet" },
                    Classes = [Name],
                },
            }, cancellationToken);
        }
        // Its author can't: the security officer is another identity.
        using var approval = Process.Start(new ProcessStartInfo(Path.Combine(home, "bin", "rempart"), ["--kubeconfig", Path.Combine(home, "security-officer.kubeconfig"), "approve", Name, "--yes"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (said, errors) = (approval.StandardOutput.ReadToEndAsync(cancellationToken), approval.StandardError.ReadToEndAsync(cancellationToken));
        await approval.WaitForExitAsync(cancellationToken);
        if (approval.ExitCode != 0) throw new InvalidOperationException($"template `{Name}` could not be approved: {await said}{await errors}");
    }

    /// <summary>Takes it away with all that was made for it.</summary>
    public static async Task RemoveAsync(ApiClient api, CancellationToken cancellationToken)
    {
        foreach (var approval in (await api.ListAllAsync<Approval>(ListQuery.All, cancellationToken)).Items.Where(approval => approval.Spec.Template == Name)) await DeleteAsync<Approval>(api, approval.Metadata.Name!, cancellationToken);
        await DeleteAsync<MachineTemplate>(api, Name, cancellationToken);
        await DeleteAsync<MachineClass>(api, Name, cancellationToken);
        foreach (var part in new[] { "kernel", "initrd", "disk" }) await DeleteAsync<Image>(api, $"{Name}-{part}", cancellationToken);
    }

    /// <summary>An image of these bytes; disks are raw.</summary>
    public static Image Image(string name, string type, byte[] bytes) => new()
    {
        Metadata = new() { Name = name },
        Spec = new() { Type = type, Format = type == "Disk" ? "raw" : null, Digest = $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}" },
    };

    /// <summary>Sends an image's bytes; returns when a node holds them.</summary>
    public static async Task SendAsync(ApiClient api, string name, byte[] bytes, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, KindInfo.Of<Image>().Path(null, name, "upload"));
        request.Content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/octet-stream") } };
        using var answer = await api.OpenAsync(request, cancellationToken);
    }

    private static async Task<TemplateDisk> UploadAsync(ApiClient api, string part, string type, byte[] bytes, CancellationToken cancellationToken)
    {
        var wanted = Image($"{Name}-{part}", type, bytes);
        var image = await api.FindAsync<Image>(null, wanted.Metadata.Name!, cancellationToken) ?? await api.CreateAsync(wanted, cancellationToken);
        if (image.Status?.Phase != "Ready") await SendAsync(api, wanted.Metadata.Name!, bytes, cancellationToken);
        return new TemplateDisk { Image = wanted.Metadata.Name!, Digest = image.Spec.Digest };
    }

    private static async Task DeleteAsync<T>(ApiClient api, string name, CancellationToken cancellationToken) where T : ApiObject
    {
        if (await api.FindAsync<T>(null, name, cancellationToken) is not null) await api.DeleteAsync<T>(null, name, null, cancellationToken);
    }
}
