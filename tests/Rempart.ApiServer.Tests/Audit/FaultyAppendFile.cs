using Rempart.ApiServer.Audit;

namespace Rempart.ApiServer.Tests.Audit;

/// <summary>A real file on a disk that fails when it is told to.</summary>
internal sealed class FaultyAppendFile : IAppendFile
{
    private readonly IAppendFile _file;
    private readonly DiskFaults _faults;

    public FaultyAppendFile(IAppendFile file, DiskFaults faults)
    {
        (_file, _faults) = (file, faults);
        if (faults.FailOpen)
        {
            file.Dispose();
            throw new IOException("no such device");
        }
    }

    public long Length => _file.Length;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        if (_faults.FailAppend)
        {
            _file.Append(bytes[..Math.Min(bytes.Length, _faults.TornBytes)]);
            throw new IOException("no space left on device");
        }

        _file.Append(bytes);
    }

    public void Sync()
    {
        if (_faults.FailSync)
        {
            throw new IOException("input/output error");
        }

        _faults.CountSync();
        _file.Sync();
    }

    public void Truncate(long length) => _file.Truncate(length);

    public void Dispose() => _file.Dispose();
}
