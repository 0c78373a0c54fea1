namespace Rempart.Store.Sqlite;

/// <summary>How to open a store in a file.</summary>
public sealed record SqliteStoreOptions
{
    /// <summary>8 GiB: far above what an instance needs, far below what fills a host's disk unseen.</summary>
    public const long DefaultMaxBytes = 8L * 1024 * 1024 * 1024;

    /// <summary>The database file. Its folder is made with mode 0700 if it is missing, the file with 0600; laxer modes are refused.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// Begins a new line of revisions: to be said once after the file was restored from a backup, because revisions that were issued
    /// after the backup would be issued again. Watchers and caches then list anew.
    /// </summary>
    public bool NewIncarnation { get; init; }

    /// <summary>The revision at which a file that is made begins: for a store that goes on where another ended.</summary>
    internal long FirstRevision { get; init; } = 1;

    /// <summary>Connections for reading, 1 to 16: so many lists can run at the same time.</summary>
    public int Readers { get; init; } = Math.Clamp(Environment.ProcessorCount, 2, 4);

    /// <summary>The largest size of the file, 1 MiB or more. At that size commits fail until objects are compacted away; reads go on.</summary>
    public long MaxBytes { get; init; } = DefaultMaxBytes;

    /// <summary>How long a watch whose keys don't change may go without telling of newer revisions.</summary>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(1);

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
