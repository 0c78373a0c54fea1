using System.Diagnostics;
using Rempart.Node.Machines;

namespace Rempart.Node.Tests.Machines;

/// <summary>The micro guest, built once from images/micro and kept beside the build's other results.</summary>
internal static class MicroGuest
{
    private static readonly SemaphoreSlim Gate = new(1, 1);

    internal static string Repository { get; } = FindRepository();

    internal static MicroImage Image => MicroImage.In(Folder);

    private static string Folder => Path.Combine(Repository, "artifacts", "micro");

    internal static async Task BuildAsync(CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        try
        {
            using var build = Process.Start(new ProcessStartInfo(Path.Combine(Repository, "images/micro/build.sh"), [Folder]) { UseShellExecute = false, RedirectStandardError = true })!;
            var errors = await build.StandardError.ReadToEndAsync(cancellationToken);
            await build.WaitForExitAsync(cancellationToken);
            Assert.True(build.ExitCode == 0, errors);
        }
        finally
        {
            Gate.Release();
        }
    }

    internal static async Task<MachineLaunch> LaunchAsync(string uid, CancellationToken cancellationToken, string commandLine = "console=ttyS0 quiet")
    {
        await BuildAsync(cancellationToken);
        return new MachineLaunch
        {
            Uid = uid,
            Name = "test/micro",
            MemoryBytes = 128 << 20,
            Vcpus = 1,
            Boot = Image.Open(commandLine),
        };
    }

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "rempart.slnx"))) return folder.FullName;
        }
        throw new InvalidOperationException("these tests run from inside the repository");
    }
}
