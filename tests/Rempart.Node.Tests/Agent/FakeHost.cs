using Microsoft.Win32.SafeHandles;
using Rempart.Linux;
using Rempart.Node.Agent;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Networks;
using Rempart.Node.Volumes;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Agent;

/// <summary>Volumes, images, ports and seeds of a host that exist in memory alone.</summary>
internal sealed class FakeHost : IVolumeDriver, IVolumePools, IImageStore, ISeedStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, VolumeRecord> _volumes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _used = new(StringComparer.Ordinal);
    private readonly FakeSwitch _switch = new();
    private readonly HashSet<string> _seeds = new(StringComparer.Ordinal);

    /// <summary>Room in the pool's file system.</summary>
    public FileSystemSpace Space { get; set; } = new(100L << 30, 60L << 30);

    /// <summary>What the data of each volume take.</summary>
    public long Used { get; set; } = 192 << 10;

    /// <summary>What the data of one volume take.</summary>
    public void UsedOf(string uid, long bytes)
    {
        lock (_lock) _used[uid] = bytes;
    }

    /// <summary>What is on the host, as `kind uid`.</summary>
    public IReadOnlyList<string> Left
    {
        get
        {
            lock (_lock) return [.. _volumes.Keys.Select(uid => $"volume {uid}"), .. _switch.Uids.Select(uid => $"port {uid}"), .. _seeds.Select(uid => $"seed {uid}")];
        }
    }

    public AgentDrivers Drivers<T>(T machines) where T : IWorkloadDriver<MachineLaunch>, IWorkloadPause => new()
    {
        Machines = machines, Pausing = machines, Volumes = this, Images = this, Networks = _switch, Seeds = this, OpenTap = _ => Nothing(), Accelerator = Accelerator.Tcg,
    };

    public IVolumeDriver Of(string pool) => this;

    public Task<IReadOnlyList<string>> HoldersAsync(string uid, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<IReadOnlyList<string>>(_volumes.ContainsKey(uid) ? [PoolFolders.HomeName] : []);
    }

    public Task<VolumeRecord> EnsureAsync(VolumeRequest request, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_volumes.TryGetValue(request.Uid, out var volume)) _volumes[request.Uid] = volume = new VolumeRecord(request.Uid, request.Size ?? 2L << 30, request.Image);
            return Task.FromResult(volume);
        }
    }

    public Task<IReadOnlyList<DiskLayer>> OpenAsync(string uid, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<DiskLayer>>([new DiskLayer(Nothing(), DiskFormat.Qcow2, ReadOnly: false)]);

    public Task DeleteAsync(string uid, CancellationToken cancellationToken)
    {
        lock (_lock) _volumes.Remove(uid);
        return Task.CompletedTask;
    }

    public SafeFileHandle Open(Seed seed)
    {
        lock (_lock) _seeds.Add(seed.InstanceId);
        return Nothing();
    }

    public void Delete(string uid)
    {
        lock (_lock) _seeds.Remove(uid);
    }

    Task<IReadOnlyList<VolumeRecord>> IVolumeDriver.ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    Task<VolumeRecord?> IVolumeDriver.FindAsync(string uid, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task<long?> IVolumeDriver.UsedAsync(string uid, CancellationToken cancellationToken)
    {
        lock (_lock) return Task.FromResult<long?>(_volumes.ContainsKey(uid) ? _used.GetValueOrDefault(uid, Used) : null);
    }

    Task<FileSystemSpace> IVolumeDriver.SpaceAsync(CancellationToken cancellationToken) => Task.FromResult(Space);

    Task<IReadOnlyList<ImageRecord>> IImageStore.ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    Task<ImageRecord?> IImageStore.FindAsync(string digest, CancellationToken cancellationToken) => throw new NotSupportedException();

    async Task<ImageRecord> IImageStore.IngestAsync(ImageRequest request, Stream content, CancellationToken cancellationToken)
    {
        var (size, buffer) = (0L, new byte[64 * 1024]);
        for (int read; (read = await content.ReadAsync(buffer, cancellationToken)) > 0;) size += read;
        return new ImageRecord(request.Digest, request.Type, size, request.Type == ImageType.Disk ? 4 << 20 : 0);
    }

    Task<ImageRecord> IImageStore.IngestFileAsync(ImageRequest request, string path, CancellationToken cancellationToken) => throw new NotSupportedException();

    Task<SafeFileHandle> IImageStore.OpenAsync(string digest, CancellationToken cancellationToken) => Task.FromResult(Nothing());

    Task IImageStore.DeleteAsync(string digest, CancellationToken cancellationToken) => throw new NotSupportedException();

    private static SafeFileHandle Nothing() => File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite);
}
