using System.Runtime.InteropServices;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>A process that has a guest's virtual processors.</summary>
/// <param name="Host">where.</param>
/// <param name="Pid">as the machine that the lab is on knows it.</param>
/// <param name="Began">its start in clock ticks: another process may have the same pid later.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct GuestProcess(string Host, int Pid, long Began)
{
    public override string ToString() => $"process {Pid} on {Host}";
}
