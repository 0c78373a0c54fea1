namespace Rempart.ApiServer.Flow;

/// <summary>A request's place at a level; given back once.</summary>
internal sealed class FlowPermit(FlowGate gate, FlowClient client, bool stream) : IDisposable
{
    private int _seated = 1;
    private int _streaming = stream ? 1 : 0;

    /// <summary>The request has begun its answer and goes on as a stream: its seat is another's.</summary>
    public void GoOn()
    {
        if (stream) Leave();
    }

    public void Dispose()
    {
        Leave();
        if (Interlocked.Exchange(ref _streaming, 0) == 1) gate.EndStream(client);
    }

    private void Leave()
    {
        if (Interlocked.Exchange(ref _seated, 0) == 1) gate.Leave(client);
    }
}
