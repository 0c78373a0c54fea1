using Rempart.Api.Infra;
using Rempart.Node.Workloads;

namespace Rempart.Node.Hosts;

/// <summary>Asks the host's programs for their versions.</summary>
/// <param name="qemu">path of QEMU.</param>
/// <param name="agent">version of this program.</param>
/// <param name="kernel">version of the kernel.</param>
/// <param name="time">clock of limits.</param>
internal sealed class ProgramVersions(string qemu, string agent, string kernel, TimeProvider time)
{
    private const int Longest = 64;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Asks; a program that is not there is left out.</summary>
    public async Task<HostVersions> ReadAsync(CancellationToken cancellationToken) => new()
    {
        Agent = agent,
        Kernel = kernel,
        Qemu = await AskAsync(qemu, cancellationToken),
        OpenVSwitch = await AskAsync("ovs-vswitchd", cancellationToken),
        Ovn = await AskAsync("ovn-controller", cancellationToken),
    };

    /// <summary>The first word that begins like a number: `QEMU emulator version 7.2.22 (Debian …)`.</summary>
    internal static string? Parse(string output) => output.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(word => char.IsAsciiDigit(word[0])) is { Length: <= Longest } version ? version : null;

    private async Task<string?> AskAsync(string program, CancellationToken cancellationToken)
    {
        try
        {
            var said = await HostCommand.RunAsync(program, ["--version"], null, Limit, time, cancellationToken);
            return said.ExitCode == 0 ? Parse(said.Output) : null;
        }
        catch (WorkloadException)
        {
            return null;
        }
    }
}
