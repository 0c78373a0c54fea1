using System.Diagnostics;
using System.Globalization;
using System.Net;
using Rempart.Testing.Programs;

namespace Rempart.Testing.Ovsdb;

/// <summary>Northbound databases on loopback, members of one raft, over TLS.</summary>
public sealed class OvsdbCluster : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process?[] _processes;
    private readonly int[] _raft;

    public OvsdbCluster(int count)
    {
        var ports = FreePort.Next(count * 2);
        (_processes, _raft, Ports) = (new Process?[count], ports[..count], ports[count..]);
        Folder = Directory.CreateTempSubdirectory("rempart-raft-").FullName;
        using var certificate = Certificates.Issue("member", IPAddress.Loopback);
        File.WriteAllText(Path.Combine(Folder, "identity.pem"), OvsdbCertificates.Pem(certificate));
        File.WriteAllText(Path.Combine(Folder, "ca.pem"), Certificates.Authority.ExportCertificatePem());
        Run("ovsdb-tool", "create-cluster", Database(0), "/usr/share/ovn/ovn-nb.ovsschema", Raft(0));
        for (var i = 1; i < count; i++) Run("ovsdb-tool", "join-cluster", Database(i), "OVN_Northbound", Raft(i), Raft(0));
        for (var i = 0; i < count; i++) Start(i);
        Until("all members have joined", () => Enumerable.Range(0, count).All(i => Status(i).Contains("Status: cluster member", StringComparison.Ordinal)));
    }

    public OvsdbCertificates Certificates { get; } = new("raft");

    public string Folder { get; }

    /// <summary>Where each member is asked.</summary>
    public IReadOnlyList<int> Ports { get; }

    /// <summary>The member that leads; waits for one.</summary>
    public int Leader()
    {
        var leader = -1;
        Until("there is a leader", () => (leader = Enumerable.Range(0, _raft.Length).FirstOrDefault(i => _processes[i] is not null && Status(i).Contains("Role: leader", StringComparison.Ordinal), -1)) >= 0);
        return leader;
    }

    public void Start(int member) => _processes[member] = Process.Start(new ProcessStartInfo("ovsdb-server",
    [
        Database(member), $"--remote=pssl:{Text(Ports[member])}:127.0.0.1", $"--unixctl={Control(member)}", "-vconsole:emer", "-vsyslog:off", "-vfile:off",
        $"--private-key={Folder}/identity.pem", $"--certificate={Folder}/identity.pem", $"--ca-cert={Folder}/ca.pem",
    ]))!;

    public void Kill(int member)
    {
        if (_processes[member] is not { } process) return;
        process.Kill();
        process.WaitForExit();
        process.Dispose();
        _processes[member] = null;
    }

    /// <summary>The process's number, to freeze and thaw it.</summary>
    public int PidOf(int member) => _processes[member]!.Id;

    public void Dispose()
    {
        for (var i = 0; i < _processes.Length; i++) Kill(i);
        Certificates.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private string Status(int member)
    {
        using var process = Process.Start(new ProcessStartInfo("ovs-appctl", ["--timeout=10", "-t", Control(member), "cluster/status", "OVN_Northbound"]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    private string Database(int member) => Path.Combine(Folder, $"{Text(member)}.db");

    private string Control(int member) => Path.Combine(Folder, $"{Text(member)}.ctl");

    private string Raft(int member) => $"ssl:127.0.0.1:{Text(_raft[member])}";

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static void Until(string what, Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > Patience) throw new TimeoutException($"not within {Patience.TotalSeconds} s: {what}");
            SpinWait.SpinUntil(() => false, TimeSpan.FromMilliseconds(50));
        }
    }

    private static void Run(params string[] command)
    {
        using var process = Process.Start(command[0], command.Skip(1));
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"`{string.Join(' ', command)}` failed");
    }
}
