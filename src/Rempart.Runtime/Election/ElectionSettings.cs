namespace Rempart.Runtime.Election;

/// <summary>Who stands for which lease. The times are those of kube-controller-manager.</summary>
public sealed record ElectionSettings
{
    /// <summary>Namespace of the lease.</summary>
    public string Namespace { get; init; } = "kube-system";

    /// <summary>Name of the lease.</summary>
    public required string Lease { get; init; }

    /// <summary>Who stands, such as a host's name: 1 to 200 characters without spaces. What tells terms apart is added to it.</summary>
    public required string Candidate { get; init; }

    /// <summary>True when nobody else can hold the lease, since its store is open to this process alone: whoever held it before is gone, and is not waited for.</summary>
    public bool Alone { get; init; }

    /// <summary>How long others wait after a leader's last renewal: whole seconds.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a leader goes on that can't renew; shorter than <see cref="Duration"/>, so that it stops before another begins.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two tries.</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromSeconds(2);
}
