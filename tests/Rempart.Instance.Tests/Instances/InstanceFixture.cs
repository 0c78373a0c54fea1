using System.Diagnostics;

namespace Rempart.Instance.Tests.Instances;

/// <summary>
/// An instance for all tests of a run: the one whose folder <c>REMPART_INSTANCE</c> names, or one that <c>./dev up</c> makes from a
/// clone of this checkout and that is purged afterwards.
/// </summary>
public sealed class InstanceFixture : IAsyncLifetime
{
    private const int Port = 6590;

    private string? _clone;

    internal RunningInstance Instance { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("REMPART_INSTANCE") is { Length: > 0 } home)
        {
            Instance = new RunningInstance(home);
            await MicroTemplate.EnsureAsync(Instance.Api, Instance.Home, CancellationToken.None);
            return;
        }
        _clone = Path.Combine(Directory.CreateTempSubdirectory("rempart-instance-").FullName, "rempart");
        await RunningInstance.RunAsync("git", "clone", "--quiet", Root(), _clone);
        await DevAsync("up", "--port", Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Instance = new RunningInstance(new DirectoryInfo(Path.Combine(_clone, ".rempart")).ResolveLinkTarget(returnFinalTarget: true)!.FullName);
        await MicroTemplate.EnsureAsync(Instance.Api, Instance.Home, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        // An instance that was there before stays, without what was made for tests.
        if (_clone is null && Instance is not null) await MicroTemplate.RemoveAsync(Instance.Api, CancellationToken.None);
        Instance?.Dispose();
        if (_clone is null) return;
        await DevAsync("down", "--purge");
        Directory.Delete(Path.GetDirectoryName(_clone)!, recursive: true);
    }

    private async Task DevAsync(params string[] arguments)
    {
        using var dev = Process.Start(new ProcessStartInfo(Path.Combine(_clone!, "dev"), arguments) { WorkingDirectory = _clone, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var (said, errors) = (dev.StandardOutput.ReadToEndAsync(), dev.StandardError.ReadToEndAsync());
        await dev.WaitForExitAsync();
        Assert.True(dev.ExitCode == 0, $"./dev {string.Join(' ', arguments)} ended with {dev.ExitCode}:\n{await said}\n{await errors}");
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "rempart.slnx"))) folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("these tests run inside a checkout");
    }
}
