using System.Diagnostics;
using Rempart.Cli.Commands;
using Rempart.Testing.Programs;

namespace Rempart.Cli.Tests.Commands;

/// <summary>What the server's user may put into the place of a file of the trail, which root then verifies.</summary>
[Trait("level", "real")]
public sealed class EvidenceFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("evidence-").FullName;

    private string Log => Path.Combine(_folder, "000001.log");

    [Fact]
    public void A_plain_file_is_read()
    {
        File.WriteAllText(Log, "whole");
        Assert.Equal("whole"u8.ToArray(), EvidenceFile.ReadAll(Log));
    }

    [Fact]
    public async Task A_pipe_is_refused_and_holds_nobody()
    {
        using (var made = Process.Start("mkfifo", [Log])) await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        var refused = await Assert.ThrowsAsync<CliException>(() => Task.Run(() => EvidenceFile.Open(Log)).WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        Assert.Contains("no plain file", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_itself_ends_at_a_pipe()
    {
        using (var made = Process.Start("mkfifo", [Log])) await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        var anchor = Directory.CreateDirectory(Path.Combine(_folder, "anchor")).FullName;
        using (var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256)) await File.WriteAllTextAsync(Path.Combine(anchor, "key.pem"), key.ExportSubjectPublicKeyInfoPem(), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(anchor, "checkpoints"), "", TestContext.Current.CancellationToken);
        using var process = Process.Start(new ProcessStartInfo(BuiltProgram.Cli, ["audit", "verify", "--offline", "--folder", _folder, "--anchor", anchor]) { RedirectStandardError = true, UseShellExecute = false })!;
        var said = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }

        Assert.Equal(ExitCode.Broken, process.ExitCode);
        Assert.Contains("no plain file", await said, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_is_not_followed()
    {
        File.CreateSymbolicLink(Log, "/dev/zero");
        Assert.Contains("plain file", Assert.Throws<CliException>(() => EvidenceFile.Open(Log)).Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
