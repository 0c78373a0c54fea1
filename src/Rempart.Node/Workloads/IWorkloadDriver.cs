using System.Threading.Channels;

namespace Rempart.Node.Workloads;

/// <summary>
/// Runs one kind of workload on this host. The rules every driver keeps, and the conformance suite checks:
/// <list type="bullet">
/// <item>Level-triggered: what a member returns is derived from what is recorded and running now, never from an event.</item>
/// <item>Every member may be called again after a crash at any point, and finishes what the crash left half done.</item>
/// <item>No workload stops because the agent did: a new driver over the same folder adopts what runs.</item>
/// <item>An unknown uid is <see cref="WorkloadPhase.Absent"/>, not an error; stopping, killing or deleting it does nothing.</item>
/// <item>Calls for one uid are serialized by the driver; calls for different uids run side by side.</item>
/// </list>
/// A failed step throws <see cref="WorkloadException"/> with a sentence for the object's condition.
/// </summary>
/// <typeparam name="TLaunch">what the workload is before it runs; owns the descriptors handed to it.</typeparam>
internal interface IWorkloadDriver<in TLaunch>
    where TLaunch : class, IDisposable
{
    /// <summary>The uids that have a record on this host, in no order; the caller deletes those it does not want.</summary>
    Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Observes the workload and settles it: adopts it if it runs, ends a guest that has shut itself down, kills one whose
    /// stop deadline has passed, records how it ended.
    /// </summary>
    Task<WorkloadState> InspectAsync(string uid, CancellationToken cancellationToken);

    /// <summary>
    /// Starts the workload unless it runs already, and returns once its process runs. A stopped one starts anew.
    /// Disposes <paramref name="launch"/> in every case: the driver keeps no copy of a descriptor.
    /// </summary>
    Task<WorkloadState> StartAsync(TLaunch launch, CancellationToken cancellationToken);

    /// <summary>
    /// Asks the workload to end and returns at once with its state; the deadline (first call + <paramref name="grace"/>,
    /// a later call can only bring it nearer) is recorded. A held one is resumed first, since it would hear nothing. Inspect again at <see cref="WorkloadState.StopDeadline"/>: it kills what still runs then.
    /// </summary>
    Task<WorkloadState> StopAsync(string uid, TimeSpan grace, CancellationToken cancellationToken);

    /// <summary>Ends the workload now; it is stopped when this returns.</summary>
    Task<WorkloadState> KillAsync(string uid, CancellationToken cancellationToken);

    /// <summary>Ends the workload if it runs and removes everything it had on this host: process, cgroups, sockets, bundle, record.</summary>
    Task DeleteAsync(string uid, CancellationToken cancellationToken);

    /// <summary>
    /// A duplex stream of raw bytes on the workload's console. Any number may be open; a slow reader loses output, it never
    /// stops the workload. Throws <see cref="WorkloadException"/> when it does not run.
    /// </summary>
    Task<Stream> OpenConsoleAsync(string uid, CancellationToken cancellationToken);

    /// <summary>Uids whose state may have changed: only a wake-up, coalesced and bounded, for one reader. Inspect on a timer as well.</summary>
    ChannelReader<string> Changes { get; }
}
