using Rempart.Node.Machines;
using Rempart.Node.Tests.Workloads;

namespace Rempart.Node.Tests.Machines;

[Trait("level", "conformance")]
public sealed class MachineDriverConformanceTests : WorkloadDriverConformance
{
    // Just started, a micro guest is still in its firmware and deaf to the power button for some seconds; these stories take less.
    private protected override Task<Subject> CreateAsync()
    {
        var host = new JailHost();
        var uid = JailHost.NewUid();
        return Task.FromResult<Subject>(new DriverSubject<MachineLaunch>(host.NewDriver(), uid, () => MicroGuest.LaunchAsync(uid, Cancellation), host.DisposeAsync));
    }
}
