using System.Text;
using System.Text.Json;
using Rempart.Linux;
using Rempart.Node.Jail;
using Rempart.Node.Workloads;

namespace Rempart.Node.Machines;

/// <summary>
/// Finds out whether KVM works by using it: there are hosts whose /dev/kvm opens and boots nothing. The micro guest must print
/// its first line within 10 s in the jail that machines get; the answer is kept for this boot and this QEMU.
/// </summary>
internal sealed class AcceleratorProbe(WorkloadSettings settings, JailRoots jails, MachineDriver driver, MicroImage image, TimeProvider time)
{
    private const string Device = "/dev/kvm";
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Strict);

    private string CachePath => Path.Combine(settings.DataFolder, "accelerator.json");

    internal async Task<AcceleratorChoice> ChooseAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(Device)) return new(Accelerator.Tcg, $"`{Device}` is not there: enable virtualization in the firmware and load the kvm module");
        if (!File.Exists(image.Kernel) || !File.Exists(image.Initramfs)) return new(Accelerator.Tcg, $"KVM could not be tried: the micro guest `{image.Kernel}` is not built");
        var jail = await jails.PublishAsync(cancellationToken);
        var boot = BootId.Read();
        if (ReadCache() is { } cached && cached.BootId == boot && cached.JailDigest == jail.Digest) return cached.Choice;
        var choice = await TryAsync(cancellationToken);
        var entry = new CacheEntry(boot, jail.Digest, choice);
        DurableFile.Write(CachePath, JsonSerializer.SerializeToUtf8Bytes(entry, Json), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return choice;
    }

    private async Task<AcceleratorChoice> TryAsync(CancellationToken cancellationToken)
    {
        var uid = Guid.NewGuid().ToString();
        try
        {
            var launch = new MachineLaunch { Uid = uid, Name = "rempart/accelerator-probe", MemoryBytes = 128 << 20, Vcpus = 1, Boot = image.Open(), Accelerator = Accelerator.Kvm };
            await driver.StartAsync(launch, cancellationToken);
            for (var waited = TimeSpan.Zero; waited < Limit; waited += TimeSpan.FromMilliseconds(100))
            {
                var log = Encoding.ASCII.GetString(await driver.ReadLogAsync(uid, 16 * 1024, cancellationToken));
                if (log.Contains(MicroImage.FirstLine, StringComparison.Ordinal)) return new(Accelerator.Kvm, "KVM booted the micro guest");
                var state = await driver.InspectAsync(uid, cancellationToken);
                if (!state.IsRunning) return new(Accelerator.Tcg, $"KVM did not boot the micro guest: {state.Exit?.Message}");
                await Task.Delay(TimeSpan.FromMilliseconds(100), time, cancellationToken);
            }
            return new(Accelerator.Tcg, $"`{Device}` opens, but the micro guest printed nothing within {Limit.TotalSeconds:0} s");
        }
        catch (WorkloadException exception)
        {
            return new(Accelerator.Tcg, $"KVM did not start the micro guest: {exception.Message}");
        }
        finally
        {
            await driver.DeleteAsync(uid, CancellationToken.None);
        }
    }

    // A cache that can't be read is no cache.
    private CacheEntry? ReadCache()
    {
        try
        {
            return File.Exists(CachePath) ? JsonSerializer.Deserialize<CacheEntry>(File.ReadAllBytes(CachePath), Json) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private sealed record CacheEntry(string BootId, string JailDigest, AcceleratorChoice Choice);
}
