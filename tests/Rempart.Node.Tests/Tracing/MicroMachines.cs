using System.Threading.Channels;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Machines;
using Rempart.Node.Workloads;

namespace Rempart.Node.Tests.Tracing;

/// <summary>Real machines in real jails, but each is the micro guest, whatever was asked for: volumes and ports of the test's host don't exist.</summary>
internal sealed class MicroMachines(MachineDriver machines) : IWorkloadDriver<MachineLaunch>, IWorkloadPause
{
    public ChannelReader<string> Changes => machines.Changes;

    public Task<IReadOnlyList<string>> ListAsync(CancellationToken cancellationToken) => machines.ListAsync(cancellationToken);

    public Task<WorkloadState> InspectAsync(string uid, CancellationToken cancellationToken) => machines.InspectAsync(uid, cancellationToken);

    public async Task<WorkloadState> StartAsync(MachineLaunch launch, CancellationToken cancellationToken)
    {
        using (launch) return await machines.StartAsync(await MicroGuest.LaunchAsync(launch.Uid, cancellationToken), cancellationToken);
    }

    public Task<WorkloadState> StopAsync(string uid, TimeSpan grace, CancellationToken cancellationToken) => machines.StopAsync(uid, grace, cancellationToken);

    public Task<WorkloadState> KillAsync(string uid, CancellationToken cancellationToken) => machines.KillAsync(uid, cancellationToken);

    public Task DeleteAsync(string uid, CancellationToken cancellationToken) => machines.DeleteAsync(uid, cancellationToken);

    public Task<Stream> OpenConsoleAsync(string uid, CancellationToken cancellationToken) => machines.OpenConsoleAsync(uid, cancellationToken);

    public Task<WorkloadState> PauseAsync(string uid, CancellationToken cancellationToken) => machines.PauseAsync(uid, cancellationToken);

    public Task<WorkloadState> ResumeAsync(string uid, CancellationToken cancellationToken) => machines.ResumeAsync(uid, cancellationToken);
}
