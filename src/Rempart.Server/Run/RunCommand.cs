using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Rempart.ApiServer.Audit;
using Rempart.ApiServer.Secrets;
using Rempart.Server.Bootstrap;
using Rempart.Store;
using Rempart.Telemetry.Logs;

namespace Rempart.Server.Run;

/// <summary><c>rempart-server run</c>: serves until SIGTERM or SIGINT, and ends with 1 when something essential fails.</summary>
internal static partial class RunCommand
{
    private const int Usage = 64;

    /// <summary>Runs it.</summary>
    /// <param name="arguments">What follows <c>run</c>.</param>
    /// <param name="errors">Told what is wrong.</param>
    /// <param name="time">The clock.</param>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter errors, TimeProvider time)
    {
        RunSettings settings;
        LogSettings logging;
        try
        {
            (logging, var rest) = LogSettings.Take(arguments, isTerminal: !Console.IsOutputRedirected);
            settings = RunSettings.Parse(rest);
        }
        catch (FormatException e)
        {
            await errors.WriteLineAsync($"rempart-server run: {e.Message}\n{RunSettings.Help}");
            return Usage;
        }

        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var logs = logging.CreateFactory();
        var logger = logs.CreateLogger("Rempart.Server");
        try
        {
            await using var server = await ServerProcess.StartAsync(settings, time, logs, stop.Token);
            foreach (var address in server.Addresses) LogServing(logger, address);
            await server.RunAsync(stop.Token);
            LogStopped(logger);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception e) when (e is BootstrapException or StoreException or AuditCorruptException or AuditUnavailableException or KeyFileException or SealException or IOException or FormatException)
        {
            // These are for the operator to mend, and say how; a stack trace would hide it.
            LogRefused(logger, e.Message);
            return 1;
        }
        catch (Exception e)
        {
            LogFailed(logger, e);
            return 1;
        }

        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "serving on {Address}")]
    private static partial void LogServing(ILogger logger, Uri address);

    [LoggerMessage(Level = LogLevel.Information, Message = "stopped")]
    private static partial void LogStopped(ILogger logger);

    [LoggerMessage(Level = LogLevel.Critical, Message = "can't run: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Critical, Message = "ended by a failure")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
