namespace Rempart.ApiServer.Flow;

/// <summary>What one client of a level has under way. Its gate's lock guards it.</summary>
internal sealed class FlowClient(string name, FlowLevel level, TimeProvider time)
{
    public string Name { get; } = name;

    public TokenBucket? Requests { get; } = level.Requests is { } rate ? new TokenBucket(rate, time) : null;

    public TokenBucket? Recorded { get; } = level.Recorded is { } rate ? new TokenBucket(rate, time) : null;

    public int Running { get; set; }

    public int Streams { get; set; }

    /// <summary>Requests that wait for a seat, the oldest first.</summary>
    public LinkedList<TaskCompletionSource> Waiting { get; } = [];

    /// <summary>Whether it stands in the level's row of clients whose turn comes.</summary>
    public bool InRow { get; set; }

    public bool IsIdle => Running == 0 && Streams == 0 && Waiting.Count == 0 && Requests?.IsFull != false && Recorded?.IsFull != false;
}
