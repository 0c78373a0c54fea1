namespace Rempart.Node.Workloads;

/// <summary>A step on a workload failed; the message is a sentence that fits a condition.</summary>
internal sealed class WorkloadException : Exception
{
    public WorkloadException(string message)
        : base(message)
    {
    }

    public WorkloadException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
