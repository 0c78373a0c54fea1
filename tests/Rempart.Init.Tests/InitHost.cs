using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Rempart.Init.Control;
using Rempart.Init.Services;
using Rempart.Init.Supervision;

namespace Rempart.Init.Tests;

/// <summary>A real rempart-init over a folder of its own, and everything it started, gone with disposal.</summary>
internal sealed class InitHost : IAsyncDisposable
{
    private Process? init;

    internal InitHost()
    {
        Root = Directory.CreateTempSubdirectory("rempart-init-").FullName;
        Folder = new InitFolder(Root);
    }

    internal string Root { get; }

    internal InitFolder Folder { get; }

    internal static CancellationToken Token => TestContext.Current.CancellationToken;

    internal string PathOf(string name) => Path.Combine(Root, name);

    /// <summary>A service that runs a shell script.</summary>
    internal ServiceSpec Shell(string name, string script) => new() { Name = name, Command = ["/bin/sh", "-c", script], Log = PathOf(name + ".log") };

    internal void Write(params ServiceSpec[] services) =>
        File.WriteAllBytes(Folder.Services, JsonSerializer.SerializeToUtf8Bytes(new ServiceFile { Services = services }, InitJson.Default.ServiceFile));

    internal void Start()
    {
        init = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "rempart-init"), ["run", "--data", Root]) { UseShellExecute = false })!;
    }

    internal async Task<(int Code, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "rempart-init"), [.. arguments, "--data", Root]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEndAsync(Token);
        var errors = await process.StandardError.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        return (process.ExitCode, errors + await output);
    }

    /// <summary>kill -9 of the supervisor alone.</summary>
    internal async Task KillInitAsync()
    {
        init!.Kill(entireProcessTree: false);
        await init.WaitForExitAsync(Token);
        init.Dispose();
        init = null;
    }

    internal async Task<int> TerminateInitAsync()
    {
        Signal(init!.Id, Signals.Terminate);
        return await EndedAsync();
    }

    /// <summary>Waits until the supervisor has ended by itself; its exit code.</summary>
    internal async Task<int> EndedAsync()
    {
        await init!.WaitForExitAsync(Token);
        return init.ExitCode;
    }

    internal async Task<ServiceStatus> StatusAsync(string name) =>
        (await ControlClient.AskAsync(Folder.Socket, new ControlRequest("status"), Token)).Services.Single(service => service.Name == name);

    internal Task<ControlAnswer> AskAsync(string verb, string? service = null) => ControlClient.AskAsync(Folder.Socket, new ControlRequest(verb, service), Token);

    /// <summary>Waits until the service is in a state, and returns how it is then.</summary>
    internal async Task<ServiceStatus> UntilAsync(string name, Func<ServiceStatus, bool> holds)
    {
        ServiceStatus? last = null;
        for (var tries = 0; tries < 1200; tries++)
        {
            try
            {
                last = await StatusAsync(name);
                if (holds(last)) return last;
            }
            catch (System.Net.Sockets.SocketException)
            {
                // It is not up yet.
            }
            await PauseAsync();
        }
        throw new TimeoutException($"service `{name}` never was as expected; at last it was {last}");
    }

    internal static Task PauseAsync() => Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Token);

    internal static void Signal(int pid, int signal) => Assert.True(Signals.Send(StampOf(pid), signal));

    internal static ProcessStamp StampOf(int pid) => new(pid, ProcessStamp.Ticks(pid) ?? 0, ProcessStamp.CurrentBoot(), "");

    internal static bool Lives(int pid) => ProcessStamp.Ticks(pid) is not null;

    /// <summary>Processes whose command line holds this folder, so were started for it.</summary>
    internal IReadOnlyList<int> Processes(string marker) =>
    [
        .. Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder)).Where(name => name.All(char.IsAsciiDigit))
            .Where(pid => Environ(pid).Contains($"MARKER={Root}/{marker}\0", StringComparison.Ordinal)).Select(pid => int.Parse(pid, CultureInfo.InvariantCulture)).Where(Lives),
    ];

    public async ValueTask DisposeAsync()
    {
        if (init is { HasExited: false })
        {
            await TerminateInitAsync();
        }
        init?.Dispose();
        foreach (var stamp in Directory.Exists(Folder.Run) ? Directory.EnumerateFiles(Folder.Run, "*.pid").Select(ProcessStamp.Read).OfType<ProcessStamp>().Where(stamp => stamp.Lives()) : [])
            Signals.Send(stamp, Signals.Kill);
        Directory.Delete(Root, recursive: true);
    }

    private static string Environ(string pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/environ");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return string.Empty;
        }
    }
}
