using System.Diagnostics;
using System.Text;

namespace Rempart.Node.Tests.Volumes;

/// <summary>Programs of Debian that judge what was written here.</summary>
internal static class Programs
{
    /// <summary>Standard output and error, and the exit code.</summary>
    internal static async Task<(int Code, byte[] Output, string Errors)> RunAsync(string program, params IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var output = new MemoryStream();
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardOutput.BaseStream.CopyToAsync(output, TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, output.ToArray(), await errors);
    }

    internal static async Task<string> OutputAsync(string program, params IReadOnlyList<string> arguments)
    {
        var (code, output, errors) = await RunAsync(program, arguments);
        Assert.True(code == 0, $"{program} {string.Join(' ', arguments)} ended with {code}: {errors}{Encoding.UTF8.GetString(output)}");
        return Encoding.UTF8.GetString(output);
    }
}
