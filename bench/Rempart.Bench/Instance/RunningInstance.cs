using System.Globalization;
using System.Text;
using Rempart.Api.Client;
using Rempart.Api.Compute;
using Rempart.Api.Meta;
using Rempart.Node.Workloads;

namespace Rempart.Bench.Instance;

/// <summary>This checkout's instance, brought up by `./dev up`: its published programs are what is measured, not a build of the bench's.</summary>
internal sealed class RunningInstance : IDisposable
{
    internal const string Project = "default";
    private const string Template = "debian-12";
    private const string Class = "small";
    private static readonly TimeSpan _limit = TimeSpan.FromMinutes(2);
    private readonly TimeProvider _time;

    private RunningInstance(string folder, TimeProvider time)
    {
        _time = time;
        Folder = folder;
        var kubeconfig = File.ReadAllLines(Path.Combine(folder, "admin.kubeconfig"));
        Server = new Uri(Value(kubeconfig, "server"));
        string Pem(string name) => Encoding.UTF8.GetString(Convert.FromBase64String(Value(kubeconfig, name)));
        Client = ApiClient.Connect(ApiConnection.WithCertificate(Server, Pem("certificate-authority-data"), Pem("client-certificate-data"), Pem("client-key-data")), time);
    }

    /// <summary>The programs of ours that run all the time.</summary>
    internal static IReadOnlyList<string> Services { get; } = ["server", "node"];

    internal string Folder { get; }

    internal Uri Server { get; }

    internal ApiClient Client { get; }

    /// <exception cref="BenchException">It does not run.</exception>
    internal static async Task<RunningInstance> OpenAsync(BenchSettings settings, CancellationToken cancellationToken)
    {
        var link = new DirectoryInfo(Path.Combine(settings.Checkout, ".rempart"));
        var folder = link.ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        if (folder is null || !File.Exists(Path.Combine(folder, "admin.kubeconfig"))) throw new BenchException("it needs this checkout's instance: `./dev up`");
        var instance = new RunningInstance(folder, settings.Time);
        try
        {
            await instance.Client.GetAsync<MachineTemplate>(null, Template, cancellationToken);
            return instance;
        }
        catch (ApiException failure)
        {
            instance.Dispose();
            throw new BenchException($"it needs this checkout's instance with its template: `./dev up` ({failure.Message})");
        }
    }

    internal WorkloadFolder Workload(string uid) => new(Path.Combine(Folder, "node", "workloads", uid), uid);

    internal static VirtualMachine NewMachine(string name) => new()
    {
        Metadata = new() { Namespace = Project, Name = name },
        Spec = new() { Template = Template, Class = Class },
    };

    internal Task DeleteAsync(string name, CancellationToken cancellationToken) => DeleteAsync(Project, name, cancellationToken);

    internal async Task DeleteAsync(string project, string name, CancellationToken cancellationToken)
    {
        if (await Client.FindAsync<VirtualMachine>(project, name, cancellationToken) is null) return;
        await Client.DeleteAsync<VirtualMachine>(project, name, new DeleteOptions { GracePeriodSeconds = 0 }, cancellationToken);
        await UntilAsync($"`{name}` is gone", async () => await Client.FindAsync<VirtualMachine>(project, name, cancellationToken) is null, cancellationToken);
    }

    /// <exception cref="BenchException">It did not come to be within two minutes.</exception>
    internal async Task UntilAsync(string what, Func<Task<bool>> holds, CancellationToken cancellationToken)
    {
        var from = _time.GetTimestamp();
        while (!await holds())
        {
            if (_time.GetElapsedTime(from) > _limit) throw new BenchException($"{what}: not within {_limit.TotalSeconds:0} s");
            await Task.Delay(TimeSpan.FromMilliseconds(20), _time, cancellationToken);
        }
    }

    /// <summary>Pid of a service of the supervisor's.</summary>
    internal int ServicePid(string name) => FindServicePid(name) ?? throw new BenchException($"service `{name}` has no process: `./dev status` says why");

    /// <summary>Pid of a service of the supervisor's; null while there is none.</summary>
    internal int? FindServicePid(string name)
    {
        try
        {
            return int.TryParse(File.ReadAllText(Path.Combine(Folder, "init", name + ".pid")).Split(' ')[0], CultureInfo.InvariantCulture, out var pid) ? pid : null;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>All services that run, of the switch and the network too.</summary>
    internal IReadOnlyList<(string Name, int Pid)> AllServices() => [.. Directory.EnumerateFiles(Path.Combine(Folder, "init"), "*.pid").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)
        .Select(name => (Name: name, Pid: FindServicePid(name))).Where(service => service.Pid is { } pid && ProcessUse.Lives(pid)).Select(service => (service.Name, service.Pid!.Value))];

    public void Dispose() => Client.Dispose();

    private static string Value(string[] lines, string name) => lines.Select(line => line.Trim()).FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..]
        ?? throw new BenchException($"admin.kubeconfig has no `{name}`: `./dev up` writes it anew");
}
