using System.Security.Cryptography;
using Rempart.Api.Audit;

namespace Rempart.ApiServer.Audit;

/// <summary>Where the trail goes and how it is vouched for.</summary>
public sealed record AuditLogOptions
{
    /// <summary>Folder of the files; made with mode 0700.</summary>
    public required string Folder { get; init; }

    /// <summary>Name of this server's identity: one chain each.</summary>
    public required string Chain { get; init; }

    /// <summary>ECDSA P-256 key that signs checkpoints. The log doesn't dispose it.</summary>
    public required ECDsa Signer { get; init; }

    /// <summary>Keeps a checkpoint away from this folder. When it throws, the next one is offered at the next interval.</summary>
    public required Func<AuditCheckpoint, CancellationToken, ValueTask> Checkpointed { get; init; }

    /// <summary>Size in bytes at which a new file begins, at most 256 MiB.</summary>
    public long FileBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Records after which a checkpoint is made at once.</summary>
    public int CheckpointRecords { get; init; } = 1000;

    /// <summary>Longest time that a record waits for a checkpoint.</summary>
    public TimeSpan CheckpointInterval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a record that nobody waits for waits for others, to share their sync of the disk.</summary>
    public TimeSpan Company { get; init; } = TimeSpan.FromMilliseconds(20);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
