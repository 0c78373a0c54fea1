using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Rempart.Init.Control;
using Rempart.Init.Services;
using Rempart.Init.Supervision;

namespace Rempart.Init;

/// <summary>The command line.</summary>
internal static class InitCommand
{
    private const int Usage = 64;
    private const int Unavailable = 69;
    private const int BadData = 65;
    // EX_TEMPFAIL: where systemd keeps the supervisor, its `Restart=on-failure` starts the next one.
    private const int Left = 75;
    private static readonly TimeSpan HandOver = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OrphanGrace = TimeSpan.FromSeconds(20);
    private const string Help = """
        rempart-init keeps the services of an instance running where there is no systemd.

          rempart-init run --data DIR             start what DIR/services.json names; SIGTERM stops it
          rempart-init status --data DIR [-o json]
          rempart-init restart NAME --data DIR
          rempart-init reload --data DIR          read services.json again
          rempart-init stop NAME --data DIR       stop one; `reload` starts it again
          rempart-init leave --data DIR           end, and leave the services running for the next `run`
          rempart-init stop --data DIR            stop all services, in reverse order, and end
        """;

    internal static async Task<int> RunAsync(string[] arguments, TimeProvider time)
    {
        var words = arguments.ToList();
        var data = Take(words, "--data");
        var output = Take(words, "-o");
        if (words is [] or ["help" or "--help" or "-h"]) return Say(Help, 0);
        if (data is null || output is not (null or "json")) return Say(Help, Usage);
        var folder = new InitFolder(Path.GetFullPath(data));
        return words switch
        {
            ["run"] => await SuperviseAsync(folder, time),
            ["status" or "reload" or "stop" or "leave"] => await AskAsync(folder, new ControlRequest(words[0]), output is not null, time),
            ["restart" or "stop", var name] => await AskAsync(folder, new ControlRequest(words[0], name), output is not null, time),
            _ => Say(Help, Usage),
        };
    }

    private static async Task<int> SuperviseAsync(InitFolder folder, TimeProvider time)
    {
        await using var held = Lock(folder);
        if (held is null) return Say($"a supervisor of `{folder.Data}` runs already", Unavailable);
        // Whose it is, for those who look whether it is still the newest.
        await SignAsync(held);
        using var supervisor = new Supervisor(folder.Services, folder.Run, new SupervisorLog(Console.Out, json: Console.IsOutputRedirected, time), time);
        using var ending = new CancellationTokenSource();
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Ask(context, asked));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Ask(context, asked));
        // Whoever closes the terminal that this was started from means the terminal.
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true);
        try
        {
            supervisor.Start();
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException)
        {
            return Say($"`{folder.Services}`: {exception.Message}", BadData);
        }
        var socket = new ControlSocket(folder.Socket, supervisor, time).ServeAsync(ending.Token);
        var logs = supervisor.KeepLogsAsync(ending.Token);
        var first = await Task.WhenAny(asked.Task, socket, logs);
        if (first == socket && socket.IsCompletedSuccessfully && await socket) return Left;
        await supervisor.StopAsync(CancellationToken.None);
        await ending.CancelAsync();
        // A loop that failed ends the program with its reason, after the services were stopped in order all the same.
        if (first != asked.Task) await first;
        return 0;
    }

    private static async Task SignAsync(FileStream held)
    {
        try
        {
            held.SetLength(0);
            await RandomAccess.WriteAsync(held.SafeFileHandle, Encoding.UTF8.GetBytes(Environment.ProcessPath ?? string.Empty), fileOffset: 0);
        }
        catch (IOException)
        {
            // A full disk: services must run all the same, and who looks takes it for an older one.
        }
    }

    // Null when a supervisor runs; the kernel drops the lock with the process.
    private static FileStream? Lock(InitFolder folder)
    {
        Directory.CreateDirectory(folder.Run, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            return new FileStream(folder.Lock, FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    // A supervisor that died left its services running: stopping ends them as well.
    private static async Task<int> EndOrphansAsync(InitFolder folder, string? name, TimeProvider time)
    {
        await using var held = Lock(folder);
        if (held is null) return Say($"the supervisor of `{folder.Data}` does not answer", Unavailable);
        foreach (var path in Directory.EnumerateFiles(folder.Run, "*.pid").Order(StringComparer.Ordinal))
        {
            if (name is not null && path != ServiceRunner.StampPath(folder.Run, name)) continue;
            if (await ServiceProcess.EndAsync(path, OrphanGrace, time, CancellationToken.None)) Console.WriteLine($"ended {Path.GetFileNameWithoutExtension(path)}");
        }
        return 0;
    }

    private static void Ask(PosixSignalContext context, TaskCompletionSource asked)
    {
        context.Cancel = true;
        asked.TrySetResult();
    }

    private static async Task<int> AskAsync(InitFolder folder, ControlRequest request, bool json, TimeProvider time)
    {
        ControlAnswer answer;
        var signed = File.GetLastWriteTimeUtc(folder.Lock);
        try
        {
            answer = await ControlClient.AskAsync(folder.Socket, request, CancellationToken.None);
        }
        catch (SocketException)
        {
            return request.Verb == "stop" ? await EndOrphansAsync(folder, request.Service, time) : Say($"no supervisor of `{folder.Data}` runs", Unavailable);
        }
        if (answer.Error is { } error) return Say(error, BadData);
        if (request.Verb == "leave") return await HasLeftAsync(folder, signed, time) ? 0 : Say($"the supervisor of `{folder.Data}` has not ended within {HandOver.TotalSeconds} s", Unavailable);
        Console.WriteLine(json ? JsonSerializer.Serialize(answer, InitJson.Default.ControlAnswer) : Table(answer.Services));
        return answer.Services.Any(service => service.State == ServiceState.Failed) ? 1 : 0;
    }

    // It has answered, and its lock goes with its process; the next one may have it by the time that anybody looks, and has signed it then.
    private static async Task<bool> HasLeftAsync(InitFolder folder, DateTime signed, TimeProvider time)
    {
        var deadline = time.GetUtcNow() + HandOver;
        while (time.GetUtcNow() < deadline)
        {
            await using (var held = Lock(folder))
            {
                if (held is not null || File.GetLastWriteTimeUtc(folder.Lock) != signed) return true;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), time);
        }
        return false;
    }

    private static string Table(IReadOnlyList<ServiceStatus> services) => string.Join('\n', services
        .Select(service => string.Create(CultureInfo.InvariantCulture, $"{service.Name,-16} {service.State,-9} {service.Pid,8} {service.Restarts,4} restarts  since {service.Since:yyyy-MM-dd HH:mm:ss}Z  {service.Message}").TrimEnd()));

    private static string? Take(List<string> words, string option)
    {
        var at = words.IndexOf(option);
        if (at < 0 || at + 1 >= words.Count) return null;
        var value = words[at + 1];
        words.RemoveRange(at, 2);
        return value;
    }

    private static int Say(string text, int code)
    {
        (code == 0 ? Console.Out : Console.Error).WriteLine(text);
        return code;
    }
}
