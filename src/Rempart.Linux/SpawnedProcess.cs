namespace Rempart.Linux;

/// <summary>A child of this process.</summary>
public sealed class SpawnedProcess
{
    internal SpawnedProcess(int pid) => Pid = pid;

    public int Pid { get; }

    /// <summary>Waits for the end and returns the exit code, 128 + signal when a signal ended it. Call it once: it reaps the child.</summary>
    public async Task<int> WaitAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        for (var pause = 1; ; pause = Math.Min(pause * 2, 50))
        {
            var result = Native.Waitpid(Pid, out var status, Native.WNOHANG);
            if (result < 0) throw LinuxException.Last($"wait for process {Pid}");
            if (result == Pid) return (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
            await Task.Delay(TimeSpan.FromMilliseconds(pause), time, cancellationToken);
        }
    }
}
