using System.Diagnostics;

namespace Rempart.Node.Tests.Agent;

/// <summary>The program itself: what it can't work with it says in a sentence, not in a stack of calls.</summary>
public sealed class NodeProgramTests
{
    [Theory]
    [InlineData("/proc/nothing")]
    [InlineData("/dev/null")]
    public async Task A_folder_that_it_can_not_use_is_said_in_a_sentence(string folder)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "rempart-node"), ["run", "--data", folder, "--server", "https://127.0.0.1:1", "--name", "h1", "--instance", "t"])
        {
            RedirectStandardError = true, UseShellExecute = false,
        };
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(System.Runtime.InteropServices.RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));
        using var program = Process.Start(start)!;
        var errors = program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, program.ExitCode);
        var said = Assert.Single((await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("rempart-node: ", said, StringComparison.Ordinal);
        Assert.Contains(folder, said, StringComparison.Ordinal);
    }
}
