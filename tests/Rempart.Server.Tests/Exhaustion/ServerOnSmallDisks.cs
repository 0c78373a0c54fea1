using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Rempart.Api.Audit;
using Rempart.Api.Client;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.Server.Bootstrap;
using Rempart.Server.Run;
using Rempart.Testing.Disks;

namespace Rempart.Server.Tests.Exhaustion;

/// <summary>The whole server with its controllers, whose folders are on small disks of their own.</summary>
internal sealed class ServerOnSmallDisks : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("rempart-full-");
    private readonly Dictionary<string, SmallDisk> _disks = [];
    private readonly CancellationTokenSource _stop = new();
    private ServerProcess _server = null!;
    private Task _running = Task.CompletedTask;

    public string Data => Path.Combine(_folder.FullName, "server");

    public ApiClient Admin { get; private set; } = null!;

    /// <summary>Ends with the server; it must not.</summary>
    public Task Running => _running;

    public SmallDisk this[string part] => _disks[part];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="parts">Folders of the data folder that get a disk of 8 MiB each; "" for all of it on one.</param>
    public static async Task<ServerOnSmallDisks> StartAsync(params string[] parts)
    {
        var on = new ServerOnSmallDisks();
        Assert.Equal(0, InitCommand.Run(["--data", on.Data, "--advertise", "https://127.0.0.1:6443"], TextWriter.Null, Console.Error, TimeProvider.System));
        foreach (var part in parts) on._disks[part] = new SmallDisk(Path.Combine(on.Data, part).TrimEnd('/'), 8);
        await on.StartServerAsync();
        return on;
    }

    public async Task StartServerAsync()
    {
        _server = await ServerProcess.StartAsync(new RunSettings { Data = Data, Port = 0, Listen = [IPAddress.Loopback] }, TimeProvider.System, NullLoggerFactory.Instance, Cancellation);
        _running = _server.RunAsync(_stop.Token);
        Admin = Client("admin");
    }

    public ApiClient Client(string user)
    {
        var kubeconfig = File.ReadAllLines(Path.Combine(Data, $"{user}.kubeconfig"));
        return ApiClient.Connect(ApiConnection.WithCertificate(_server.Addresses[0], Text("certificate-authority-data:"), Text("client-certificate-data:"), Text("client-key-data:")), TimeProvider.System);

        string Text(string key) =>
            Encoding.UTF8.GetString(Convert.FromBase64String(kubeconfig.Single(l => l.Trim().StartsWith(key, StringComparison.Ordinal)).Trim()[key.Length..].Trim().Trim('"')));
    }

    public Task<ConfigMap> WriteAsync(string name, int bytes = 10) => Admin.CreateAsync(
        new ConfigMap { Metadata = new ObjectMeta { Namespace = "default", Name = name }, Data = new Dictionary<string, string> { ["k"] = new('x', bytes) } }, Cancellation);

    public Task<ConfigMap?> ReadAsync(string name) => Admin.FindAsync<ConfigMap>("default", name, Cancellation);

    /// <summary>Writes until it is refused; the names that were acknowledged, and the refusal.</summary>
    public async Task<(List<string> Written, ApiException Refused)> WriteUntilRefusedAsync(string prefix, int bytes)
    {
        var written = new List<string>();
        for (var i = 0; i < 4000; i++)
        {
            try
            {
                await WriteAsync($"{prefix}-{i}", bytes);
                written.Add($"{prefix}-{i}");
            }
            catch (ApiException refused)
            {
                return (written, refused);
            }
        }

        Assert.Fail("the disk never got full");
        return default;
    }

    /// <summary>The trail's records, each of which must follow the one before.</summary>
    public List<AuditRecord> Trail()
    {
        var (records, previous) = (new List<AuditRecord>(), AuditLine.Genesis);
        foreach (var bytes in AuditFolder.Files(Path.Combine(Data, "audit")).SelectMany(AuditFolder.Lines))
        {
            Assert.True(AuditLine.TryRead(bytes.Span, out var line), "a record is not whole");
            Assert.Equal((records.Count + 1, previous), (line.Sequence, line.Previous));
            records.Add(line.Record);
            previous = line.Hash;
        }

        return records;
    }

    public async Task StopServerAsync()
    {
        Admin.Dispose();
        await _server.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAny(_running);
        await StopServerAsync();
        foreach (var disk in _disks.Values) disk.Dispose();
        _stop.Dispose();
        _folder.Delete(recursive: true);
    }
}
