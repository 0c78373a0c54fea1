using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Rempart.Api.Client;

namespace Rempart.Instance.Tests.Instances;

/// <summary>A running instance of this host: where its things are and which processes it has.</summary>
internal sealed class RunningInstance : IDisposable
{
    public RunningInstance(string home)
    {
        Home = home;
        Id = Path.GetFileName(home);
        var admin = File.ReadAllLines(Path.Combine(home, "admin.kubeconfig"));
        Api = ApiClient.Connect(
            ApiConnection.WithCertificate(new Uri(Member(admin, "server")), Credential(admin, "certificate-authority-data"), Credential(admin, "client-certificate-data"), Credential(admin, "client-key-data")),
            TimeProvider.System);
    }

    public string Home { get; }

    public string Id { get; }

    public ApiClient Api { get; }

    public string Workloads => Path.Combine(Home, "node", "workloads");

    /// <summary>The process of a service of the supervisor; null while it has none.</summary>
    public int? Service(string name)
    {
        var stamp = Read(Path.Combine(Home, "init", name + ".pid"))?.Split(' ', '\n');
        return stamp is [var pid, ..] && int.TryParse(pid, CultureInfo.InvariantCulture, out var number) && Alive(number) ? number : null;
    }

    /// <summary>QEMU of each machine here.</summary>
    public IEnumerable<int> Hypervisors() => Records().Select(record => record.Pid).OfType<int>().Where(Alive);

    /// <summary>conmon of each machine here.</summary>
    public IEnumerable<int> Monitors() => Folders()
        .Select(folder => int.TryParse(Read(Path.Combine(folder, "conmon.pid")), CultureInfo.InvariantCulture, out var pid) ? pid : (int?)null).OfType<int>().Where(Alive);

    /// <summary>How far the agent is: what its records of machines say, and which files it has for machines, volumes and images.</summary>
    public string Steps() => string.Join(';', Records().Select(record => record.Step).Concat(WorkFolders.SelectMany(Names)).Order(StringComparer.Ordinal));

    /// <summary>Runs a program to its end and returns what it printed.</summary>
    public static async Task<string> RunAsync(params string[] command)
    {
        using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"`{string.Join(' ', command)}` ended with {process.ExitCode}: {await errors}");
    }

    public void Dispose() => Api.Dispose();

    private IEnumerable<string> WorkFolders => new[] { "workloads", "tools", "pool/staging", "pool/volumes", "pool/images" }.Select(name => Path.Combine(Home, "node", name));

    // Two levels: what a folder is called is an identifier of its own, what is in it says how far it is.
    private static IEnumerable<string> Names(string parent)
    {
        try
        {
            return Directory.Exists(parent) ? [.. Directory.EnumerateDirectories(parent).SelectMany(Directory.EnumerateFileSystemEntries).Select(path => $"{Path.GetFileName(parent)}/{Path.GetFileName(path)}")] : [];
        }
        catch (IOException)
        {
            // It went while it was looked at.
            return [];
        }
    }

    private IEnumerable<string> Folders() => Directory.Exists(Workloads) ? Directory.EnumerateDirectories(Workloads) : [];

    private IEnumerable<(int? Pid, string Step)> Records()
    {
        foreach (var folder in Folders())
        {
            if (Read(Path.Combine(folder, "workload.json")) is not { } text) continue;
            using var record = JsonDocument.Parse(text);
            yield return (record.RootElement.TryGetProperty("pid", out var pid) && pid.ValueKind == JsonValueKind.Number ? pid.GetInt32() : null, record.RootElement.GetProperty("step").ToString());
        }
    }

    private static bool Alive(int pid) => Directory.Exists(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}"));

    private static string? Read(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string Credential(string[] kubeconfig, string key) => Encoding.UTF8.GetString(Convert.FromBase64String(Member(kubeconfig, key)));

    private static string Member(string[] kubeconfig, string key) =>
        kubeconfig.Select(line => line.Trim().TrimStart('-').Trim()).First(line => line.StartsWith(key + ":", StringComparison.Ordinal))[(key.Length + 1)..].Trim().Trim('"');
}
