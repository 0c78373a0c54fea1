using Rempart.Node.Workloads;

namespace Rempart.Node.Machines;

/// <summary>What moving a running guest from host to host needs of the machines' driver.</summary>
internal interface IMachineMoves
{
    /// <summary>Speaks with the QEMU of a machine that runs or waits for its guest, in the machine's turn: nothing else is done to it meanwhile.</summary>
    /// <exception cref="WorkloadException">it does not run here.</exception>
    Task<T> UseAsync<T>(string uid, Func<MachineRecord, RunningMachine, CancellationToken, Task<T>> act, CancellationToken cancellationToken);

    /// <summary>As the other one, for what has no result.</summary>
    /// <exception cref="WorkloadException">it does not run here.</exception>
    Task UseAsync(string uid, Func<MachineRecord, RunningMachine, CancellationToken, Task> act, CancellationToken cancellationToken) => UseAsync(uid, async (record, session, token) =>
    {
        await act(record, session, token);
        return true;
    }, cancellationToken);
}
