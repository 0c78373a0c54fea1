namespace Rempart.Node.Tests.Battery;

/// <summary>A fetch that goes on beside the battery's.</summary>
/// <param name="Pid">host pid of what runs in its jail.</param>
/// <param name="File">its bytes so far.</param>
/// <param name="Socket">its broker's.</param>
internal sealed record OtherFetch(int Pid, string File, string Socket);
