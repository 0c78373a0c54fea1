namespace Rempart.Node.Workloads;

/// <summary>Steps that take back what was done so far, run in reverse order on disposal unless <see cref="Commit"/> was called.</summary>
internal sealed class UndoStack : IAsyncDisposable
{
    private readonly Stack<Func<ValueTask>> steps = new();

    /// <summary>Each step must bear being run when its deed was only half done. Its failure does not stop the ones below it.</summary>
    internal void Add(Func<ValueTask> step) => steps.Push(step);

    internal void Add(Action step) => steps.Push(() =>
    {
        step();
        return ValueTask.CompletedTask;
    });

    internal void Commit() => steps.Clear();

    public async ValueTask DisposeAsync()
    {
        List<Exception>? failures = null;
        while (steps.TryPop(out var step))
        {
            try
            {
                await step();
            }
            catch (Exception exception)
            {
                (failures ??= []).Add(exception);
            }
        }
        if (failures is not null) throw new AggregateException("undoing a failed step failed as well", failures);
    }
}
