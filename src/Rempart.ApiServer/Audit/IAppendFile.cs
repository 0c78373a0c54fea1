namespace Rempart.ApiServer.Audit;

/// <summary>A file that only grows, or loses an end that was never durable: the seam at which tests make disks fail.</summary>
internal interface IAppendFile : IDisposable
{
    long Length { get; }

    void Append(ReadOnlySpan<byte> bytes);

    /// <summary>Returns when everything is on the disk.</summary>
    void Sync();

    void Truncate(long length);
}
