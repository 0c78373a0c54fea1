using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Rempart.Node.Names;

/// <summary>`rempart-node names FILE FORWARDER`: the responder. It needs no privilege but the namespace that it is started in.</summary>
internal static class NameCommand
{
    internal const string Usage = "usage: rempart-node names FILE ADDRESS:PORT\n  answers names as FILE says, and asks ADDRESS:PORT for all others";

    /// <param name="arguments">what follows `names`.</param>
    /// <param name="logging">where it says what it does.</param>
    internal static async Task<int> RunAsync(IReadOnlyList<string> arguments, ILoggerFactory logging)
    {
        if (arguments.Count != 2 || !IPEndPoint.TryParse(arguments[1], out var forwarder))
        {
            await Console.Error.WriteLineAsync(Usage);
            return 2;
        }
        using var stop = new CancellationTokenSource();
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            stop.Cancel();
        });
        try
        {
            await new NameServer(arguments[0], forwarder, TimeProvider.System, logging.CreateLogger<NameServer>()).RunAsync(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        return 0;
    }
}
