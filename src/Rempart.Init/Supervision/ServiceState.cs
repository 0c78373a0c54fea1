namespace Rempart.Init.Supervision;

/// <summary>Where a service is.</summary>
internal enum ServiceState
{
    /// <summary>What it comes after is not ready.</summary>
    Waiting,

    /// <summary>Runs, not ready yet.</summary>
    Starting,

    Ready,

    /// <summary>A oneshot that ended with 0.</summary>
    Done,

    /// <summary>It ended or was not ready in time, and is started again after a pause.</summary>
    Failed,

    Stopped,
}
