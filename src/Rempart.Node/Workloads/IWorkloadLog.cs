namespace Rempart.Node.Workloads;

/// <summary>What a workload printed: an ability beside <see cref="IWorkloadDriver{TLaunch}"/>.</summary>
internal interface IWorkloadLog
{
    /// <summary>The last bytes on its console, at most <paramref name="maxBytes"/>; also of one that has ended. Empty for an unknown uid.</summary>
    Task<byte[]> ReadLogAsync(string uid, int maxBytes, CancellationToken cancellationToken);
}
