using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Audit;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Node.Tests.Agent;
using Rempart.Node.Witness;
using Rempart.Testing.Programs;

namespace Rempart.Node.Tests.Evidence;

/// <summary>A real server, a node that joined it and witnesses its audit trail, and the real `rempart audit verify`.</summary>
public sealed class EvidenceWorld : IAsyncLifetime
{
    /// <summary>The smallest files that the server takes: some fifty changes each.</summary>
    private const int FileBytes = 64 * 1024;

    private readonly ServerProgram _server = new() { AuditFileBytes = FileBytes };
    private ApiClient _admin = null!;
    private ApiClient _node = null!;
    private AuditWitness _witness = null!;

    /// <summary>The server's own folder of the trail.</summary>
    public string Trail => _server.PathOf("audit");

    /// <summary>Where the node keeps what it saw.</summary>
    public string Anchor => Path.Combine(_server.Folder, "witness");

    internal ServerProgram Server => _server;

    internal ApiClient Admin => _admin;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A server with a trail of several files whose end the node has seen.</summary>
    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync(Stop);
        _admin = _server.Client("admin");
        var (_, identity) = await FirstSteps.JoinAsync(_server, Stop);
        _node = ApiClient.Connect(identity.Connection, TimeProvider.System);
        _witness = new AuditWitness(_node, new WitnessFolder(Anchor), TimeProvider.System, NullLogger.Instance);
        await ChangeAsync("first", 180);
        await RestartAsync();
        Assert.Equal(WitnessVerdict.Keep, await _witness.LookAsync(Stop));
        await ChangeAsync("second", 20);
    }

    /// <summary>Makes changes, which are two records each.</summary>
    internal async Task ChangeAsync(string name, int count)
    {
        for (var i = 0; i < count; i++) await _admin.CreateAsync(new ConfigMap { Metadata = new ObjectMeta { Namespace = "default", Name = $"{name}-{i}" } }, Stop);
    }

    /// <summary>Stops the server, which makes a last checkpoint, does something to its folder and starts it.</summary>
    internal async Task RestartAsync(Action? meanwhile = null)
    {
        await _server.StopAsync(Stop);
        meanwhile?.Invoke();
        await _server.RunAsync(Stop);
    }

    /// <summary>The node looks.</summary>
    internal Task<WitnessVerdict?> WitnessAsync() => _witness.LookAsync(Stop);

    /// <summary>A copy of the trail in a folder of its own, as an auditor makes it; the server goes on with its own.</summary>
    internal string CopyTrail()
    {
        var copy = Directory.CreateTempSubdirectory("trail-").FullName;
        CopyTrailTo(copy);
        return copy;
    }

    /// <summary>Copies it anew.</summary>
    internal void CopyTrailTo(string copy)
    {
        foreach (var file in AuditFolder.Files(Trail)) File.Copy(file, Path.Combine(copy, Path.GetFileName(file)), overwrite: true);
    }

    /// <summary>Runs `rempart audit verify` as the administrator.</summary>
    internal async Task<(int Exit, string Out, string Error)> VerifyAsync(params string[] arguments)
    {
        var program = BuiltProgram.Cli;
        using var process = Process.Start(new ProcessStartInfo(program, ["audit", "verify", "--kubeconfig", _server.PathOf("admin.kubeconfig"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var (said, complained) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop);
        return (process.ExitCode, (await said).TrimEnd(), (await complained).TrimEnd());
    }

    public async ValueTask DisposeAsync()
    {
        _node?.Dispose();
        _admin?.Dispose();
        await _server.DisposeAsync();
    }
}
