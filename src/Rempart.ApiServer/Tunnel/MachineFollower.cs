using Rempart.Api.Compute;

namespace Rempart.ApiServer.Tunnel;

/// <summary>Tells one console when its machine ends, is replaced or moves away.</summary>
internal sealed class MachineFollower(string uid, string node, Action<MachineFollower> leave) : IDisposable
{
    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends with the reason.</summary>
    public Task<string> Ended => ended.Task;

    /// <summary>Looks at the machine as it is now; null when it is gone.</summary>
    public void Look(VirtualMachine? machine)
    {
        var reason = machine is null || machine.Metadata.Uid != uid ? "the machine was deleted"
            : ConsoleRules.Refusal(machine) ?? (machine.Status?.NodeName == node ? null : "the machine has moved to another node");
        if (reason is not null) ended.TrySetResult(reason);
    }

    /// <inheritdoc/>
    public void Dispose() => leave(this);
}
