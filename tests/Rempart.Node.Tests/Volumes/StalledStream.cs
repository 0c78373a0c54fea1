namespace Rempart.Node.Tests.Volumes;

/// <summary>An upload of which no more comes after the bytes given, and that does not end.</summary>
internal sealed class StalledStream(byte[] bytes) : MemoryStream(bytes)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await base.ReadAsync(buffer, cancellationToken);
        if (read == 0) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        return read;
    }
}
