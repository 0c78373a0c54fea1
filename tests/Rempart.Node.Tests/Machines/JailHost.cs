using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Rempart.Node.Jail;
using Rempart.Node.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Machines;

/// <summary>An instance of its own on this host, with real conmon, runc and QEMU; it takes everything away again.</summary>
internal sealed class JailHost : IAsyncDisposable
{
    private readonly List<MachineDriver> drivers = [];

    internal JailHost()
    {
        var id = "t" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(5));
        Settings = SettingsFor(id, 0x1000_0000 + ((uint)RandomNumberGenerator.GetInt32(0, 1 << 20) * 16));
        Directory.CreateDirectory(Settings.DataFolder, (UnixFileMode)0b111_001_001);
        Jails = new JailRoots(Settings, TimeProvider.System);
    }

    internal static WorkloadSettings SettingsFor(string instance, uint firstUid) => new()
    {
        Instance = instance,
        DataFolder = Path.Combine("/var/tmp", "rempart-" + instance),
        FirstUid = firstUid,
        UidCount = 8,
    };

    internal WorkloadSettings Settings { get; }

    internal JailRoots Jails { get; }

    internal static string NewUid() => Guid.NewGuid().ToString("D", CultureInfo.InvariantCulture);

    /// <summary>As an agent that has just started.</summary>
    internal MachineDriver NewDriver(WorkloadSettings? settings = null)
    {
        var driver = new MachineDriver(settings ?? Settings, Jails, TimeProvider.System);
        drivers.Add(driver);
        return driver;
    }

    internal string Folder(string uid) => new WorkloadFolder(Settings, uid).Path;

    /// <summary>Everything of this instance that the host knows: files, cgroups, processes.</summary>
    internal string Inventory()
    {
        var text = new StringBuilder();
        foreach (var path in Directory.EnumerateFileSystemEntries(Settings.DataFolder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (!path.StartsWith(Settings.JailsFolder, StringComparison.Ordinal)) text.Append(path).Append('\n');
        }
        foreach (var hierarchy in Directory.EnumerateDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup").Order(StringComparer.Ordinal))
        {
            if (Directory.Exists(hierarchy + Settings.CgroupParent)) text.Append(hierarchy).Append(Settings.CgroupParent).Append('\n');
        }
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out _)))
        {
            try
            {
                var line = File.ReadAllText(process + "/cmdline");
                if (line.Contains(Settings.Instance, StringComparison.Ordinal)) text.Append(line.Replace('\0', ' ')).Append('\n');
            }
            catch (IOException)
            {
                // Ended meanwhile.
            }
        }
        return text.ToString();
    }

    internal static async Task<T> EventuallyAsync<T>(Func<Task<T>> observe, Func<T, bool> wanted, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < 600; attempt++)
        {
            var seen = await observe();
            if (wanted(seen)) return seen;
            await Task.Delay(100, cancellationToken);
        }
        var last = await observe();
        Assert.Fail($"it never came to be; last seen: {last}");
        return last;
    }

    internal static Task<string> FirstLineAsync(MachineDriver driver, string uid, CancellationToken cancellationToken) =>
        EventuallyAsync(() => LogAsync(driver, uid, cancellationToken), log => log.Contains(MicroImage.FirstLine, StringComparison.Ordinal), cancellationToken);

    /// <summary>Starts a micro machine and waits until it says that it is ready.</summary>
    internal static async Task<WorkloadState> ReadyMachineAsync(MachineDriver driver, string uid, CancellationToken cancellationToken)
    {
        await driver.StartAsync(await MicroGuest.LaunchAsync(uid, cancellationToken), cancellationToken);
        return await EventuallyAsync(() => driver.InspectAsync(uid, cancellationToken), state => state.GuestReady, cancellationToken);
    }

    /// <summary>Types a line on the console and waits for text in what comes back.</summary>
    internal static async Task<string> TypeAsync(MachineDriver driver, string uid, string line, string expected, CancellationToken cancellationToken)
    {
        await using var console = await driver.OpenConsoleAsync(uid, cancellationToken);
        await console.WriteAsync(Encoding.ASCII.GetBytes(line + "\n"), cancellationToken);
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        while (!seen.ToString().Contains(expected, StringComparison.Ordinal))
        {
            var count = await console.ReadAsync(buffer, cancellationToken);
            Assert.True(count > 0, $"the console ended; it said: {seen}");
            seen.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        return seen.ToString();
    }

    internal static Task<WorkloadState> StoppedAsync(MachineDriver driver, string uid, CancellationToken cancellationToken) =>
        EventuallyAsync(() => driver.InspectAsync(uid, cancellationToken), state => state.Phase == WorkloadPhase.Stopped, cancellationToken);

    internal static async Task<string> LogAsync(MachineDriver driver, string uid, CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString(await driver.ReadLogAsync(uid, 64 * 1024, cancellationToken));

    public async ValueTask DisposeAsync()
    {
        var last = NewDriver();
        foreach (var uid in await last.ListAsync(CancellationToken.None)) await last.DeleteAsync(uid, CancellationToken.None);
        foreach (var driver in drivers) await driver.DisposeAsync();
        Jails.Dispose();
        Directory.Delete(Settings.DataFolder, recursive: true);
    }
}
