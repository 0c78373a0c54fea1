using System.Globalization;
using Rempart.Node.Jail;
using Rempart.Node.Machines;

namespace Rempart.Node.Tests.Machines;

/// <summary>An agent in a process of its own, for tests that kill it: starts one micro machine and waits.</summary>
internal static class TestAgent
{
    internal const string Command = "test-agent";

    internal static async Task<int> RunAsync(string instance, string firstUid, string uid)
    {
        var settings = JailHost.SettingsFor(instance, uint.Parse(firstUid, CultureInfo.InvariantCulture));
        using var jails = new JailRoots(settings, TimeProvider.System);
        await using var driver = new MachineDriver(settings, jails, TimeProvider.System);
        await driver.StartAsync(await MicroGuest.LaunchAsync(uid, CancellationToken.None), CancellationToken.None);
        Console.WriteLine("started");
        await Task.Delay(Timeout.Infinite);
        return 0;
    }
}
