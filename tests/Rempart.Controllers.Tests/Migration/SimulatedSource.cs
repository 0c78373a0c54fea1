using Rempart.Api.Compute;

namespace Rempart.Controllers.Tests.Migration;

/// <summary>The agent of the host that a machine leaves, as the contract says. Between two steps it may have been killed: it knows nothing but what QEMU and the API say.</summary>
internal sealed class SimulatedSource(SimulatedApi api, string node)
{
    public Copy Copy { get; set; } = Copy.Running;

    /// <summary>Memory that is still to be sent, in steps.</summary>
    public int Left { get; set; } = 3;

    public void Step(SimulatedTarget target, int late)
    {
        var (machine, move, _) = api.Seen(late);
        var status = move.Status!;
        if (status.SourceNode != node) return;
        if (machine.Status!.NodeName != node)
        {
            Copy = Copy.None;
            Say(MigrationState.Released);
            return;
        }

        if (MigrationPhase.IsEnded(status.Phase))
        {
            // Over, and the machine is still bound here: nobody can commit any more.
            if (Copy is Copy.Paused or Copy.Sent) Copy = Copy.Running;
            if (status.Source?.State is not null) Say(MigrationState.Resumed);
            return;
        }

        switch (Copy)
        {
            case Copy.Running when status.Source?.State is null: Say(MigrationState.Preparing); break;
            case Copy.Running when status.Source.State is MigrationState.Failed or MigrationState.Resumed: break;
            case Copy.Running when target.Copy == Copy.None && status.Source.State == MigrationState.Transferring: Say(MigrationState.Failed); break;
            case Copy.Running when target.Copy == Copy.Loaded: Say(MigrationState.Failed); break;
            case Copy.Running when target.Copy != Copy.Incoming || status.Target?.State != MigrationState.Listening: break;
            case Copy.Running when Left > 0: Left--; Say(MigrationState.Transferring); break;
            case Copy.Running: Copy = Copy.Paused; Say(MigrationState.Paused); break;
            // The target has all that it needs before this QEMU knows that it has sent all.
            case Copy.Paused when target.Copy == Copy.Incoming: target.Copy = Copy.Loaded; break;
            case Copy.Paused when target.Copy == Copy.Loaded: Copy = Copy.Sent; break;
            // The target has lost its copy and can't commit without one.
            case Copy.Paused when target.Copy == Copy.None: Say(MigrationState.Failed); break;
            case Copy.Sent: Say(MigrationState.Sent); break;
        }
    }

    private void Say(string state)
    {
        if (api.Move.Status!.Source?.State != state) api.Say(new MigrationSourceStatus { State = state });
    }
}
