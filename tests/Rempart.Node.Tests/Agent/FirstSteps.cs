using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Api.Networking;
using Rempart.Api.Security;
using Rempart.Api.Storage;
using Rempart.Node.Agent;
using Rempart.Runtime.Conditions;

namespace Rempart.Node.Tests.Agent;

/// <summary>What comes before the first machine of a real server: a node that joined, images, an approved template, and a port.</summary>
internal sealed class FirstSteps(ServerProgram server, ApiClient admin, CancellationToken cancellationToken)
{
    /// <summary>Of images whose bytes nobody looks at.</summary>
    public const string Digest = "sha256:1111111111111111111111111111111111111111111111111111111111111111";

    /// <summary>Node `h1` joins with the token that the server made for it.</summary>
    public static async Task<(AgentSettings Settings, NodeIdentity Identity)> JoinAsync(ServerProgram server, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(server.Folder, "node")).FullName;
        var settings = new AgentSettings(folder, server.Url, "h1");
        File.Copy(server.PathOf("pki/ca.crt"), settings.AuthorityFile);
        File.Copy(server.PathOf("node.token"), settings.TokenFile);
        var identity = new NodeIdentity(settings, connection => ApiClient.Connect(connection, TimeProvider.System), TimeProvider.System, NullLogger.Instance);
        await identity.EnsureAsync(cancellationToken);
        return (settings, identity);
    }

    /// <summary>Stands in for an upload.</summary>
    public async Task ImageAsync(string name, string type)
    {
        using var uploads = server.ClientAs("system:node:upload", "rempart:administrators");
        var image = await admin.CreateAsync(new Image { Metadata = new() { Name = name }, Spec = new() { Type = type, Format = type == "Disk" ? "qcow2" : null, Digest = Digest } }, cancellationToken);
        await uploads.ChangeStatusAsync(image, current => current with { Status = (current.Status ?? new()) with { Phase = "Ready", Nodes = ["h1"] } }, cancellationToken);
    }

    /// <summary>The template `debian` of the images `debian-12` and `kernel` in class `small`, approved by the officer.</summary>
    public async Task TemplateAsync(string kernelDigest)
    {
        await admin.CreateAsync(new MachineClass { Metadata = new() { Name = "small" }, Spec = new() { Cpus = 1, Memory = Quantity.Parse("256Mi") } }, cancellationToken);
        var template = await admin.CreateAsync(new MachineTemplate
        {
            Metadata = new() { Name = "debian" },
            Spec = new()
            {
                Os = new() { Family = "linux", Name = "debian" },
                RootDisk = new() { Image = "debian-12", Digest = Digest },
                Boot = new() { Firmware = "Direct", Kernel = new() { Image = "kernel", Digest = kernelDigest }, CommandLine = "console=ttyS0" },
                Classes = ["small"],
            },
        }, cancellationToken);
        using var officer = server.Client("security-officer");
        await officer.CreateAsync(new Approval { Metadata = new() { Name = "debian" }, Spec = new() { Template = "debian", TemplateUid = template.Metadata.Uid!, Digest = template.Status!.Digest! } }, cancellationToken);
    }

    /// <summary>Stands in for the network controllers, which need a northbound database.</summary>
    public async Task PlugAsync(NetworkInterface nic)
    {
        using var network = server.ClientAs("system:controller:network-interface", null);
        await network.ChangeStatusAsync(nic, current => current with
        {
            Status = new() { Mac = "52:54:00:00:00:01", Addresses = [new() { Address = "10.1.0.5", Origin = "allocated" }], Conditions = [new() { Type = "Ready", Status = "True", Reason = "Ready", Message = "is there", LastTransitionTime = TimeProvider.System.GetUtcNow() }] },
        }, cancellationToken);
    }
}
