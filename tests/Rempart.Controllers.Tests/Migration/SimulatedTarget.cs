using Rempart.Api.Compute;

namespace Rempart.Controllers.Tests.Migration;

/// <summary>The agent of the host that a machine comes to. It notes that it has begun before it begins, and the note outlives it.</summary>
internal sealed class SimulatedTarget(SimulatedApi api, string node)
{
    private bool _noted;

    public Copy Copy { get; set; }

    /// <summary>True to lose the answer of the next commit.</summary>
    public bool LosesAnswer { get; set; }

    public void Step(int late)
    {
        var (machine, move, _) = api.Seen(late);
        var status = move.Status!;
        if (status.TargetNode != node) return;
        if (machine.Status!.NodeName == node && machine.Status.RunGeneration == status.RunGeneration + 1)
        {
            if (Copy == Copy.Loaded) Copy = Copy.Running;
            if (Copy == Copy.Running) Say(MigrationState.Running);
            return;
        }

        if (MigrationPhase.IsEnded(status.Phase))
        {
            // A view that is late may not know of the commit; an end without one excludes it.
            Copy = Copy.None;
            if (_noted) Say(MigrationState.Released);
            return;
        }

        switch (Copy)
        {
            case Copy.None when !_noted: (_noted, Copy) = (true, Copy.Incoming); Say(MigrationState.Preparing); break;
            case Copy.None: Say(MigrationState.Failed); break;
            case Copy.Incoming: Say(MigrationState.Listening); break;
            case Copy.Loaded: Commit(status.RunGeneration!.Value); break;
        }
    }

    private void Commit(long run)
    {
        var mine = api.Commit(node, run);
        if (LosesAnswer)
        {
            LosesAnswer = false;
            return;
        }

        // One that is refused is asked for again: the source may not have said yet that all was sent, and a move that is over says so.
        if (!mine) return;
        Copy = Copy.Running;
        Say(MigrationState.Running);
    }

    private void Say(string state)
    {
        if (api.Move.Status!.Target?.State != state) api.Say(new MigrationTargetStatus { State = state });
    }
}
