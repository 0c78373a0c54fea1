using System.Globalization;
using System.Text;

namespace Rempart.Node.Tests.Battery;

/// <summary>The part of a program that plays QEMU's monitor, well enough for a machine to be started and to be seen running.</summary>
internal static class BatteryMonitor
{
    /// <summary>Commands of a start with one disk of two layers and one card, and the first look at the machine.</summary>
    internal const int StartCommands = LastInARow + 3;

    /// <summary>The first command agrees on capabilities; up to here the next ones add devices and come all at once.</summary>
    private const int LastInARow = 11;

    private const int SecondInARow = 3;

    internal const string Greeting = """{"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 0}, "package": ""}, "capabilities": []}}""";
    private const int LargestCommand = 4096;

    /// <summary>Takes the agent's connection and greets. It becomes descriptor 6, and those that come over it the next ones.</summary>
    internal static void Greet(BatteryProgram program, string greeting = Greeting)
    {
        Call(program, "accept4", BatteryTargets.Monitor, 0, 0, 0);
        Say(program, greeting + "\n");
    }

    /// <summary>Answers commands as they come, by their numbers.</summary>
    /// <param name="program">to write to.</param>
    /// <param name="first">id of the first command.</param>
    /// <param name="count">how many.</param>
    /// <param name="answer">what `return` holds; null for what suits every command of a start.</param>
    internal static void Answer(BatteryProgram program, int first, int count, string? answer = null)
    {
        if (first < StartCommands) Wait(program, milliseconds: 5000);
        for (var id = first; id < first + count; id++)
        {
            // From here on each waits for the answer to the one before: an answer to what has not been asked would end the session.
            if (id == LastInARow + 1) Wait(program, milliseconds: 0);
            else if (id == SecondInARow) Wait(program, milliseconds: 300);
            Receive(program);
            Say(program, string.Create(CultureInfo.InvariantCulture, $"{{\"return\": {answer ?? """{"fdset-id": 0, "status": "running"}"""}, \"id\": \"{id}\"}}\n"));
        }
    }

    /// <summary>How long <see cref="Receive"/> waits, 0 for ever. The agent sends a start's commands in a row, so that one look may have met several: the next ones then find nothing.</summary>
    private static void Wait(BatteryProgram program, ulong milliseconds)
    {
        const ulong socketLevel = 1, receiveTimeout = 20, timeSize = 16; // SOL_SOCKET, SO_RCVTIMEO, struct timeval
        Call(program, "setsockopt", BatteryTargets.Session, socketLevel, receiveTimeout, program.Words(milliseconds / 1000, milliseconds % 1000 * 1000), timeSize);
    }

    internal static void Receive(BatteryProgram program)
    {
        var parts = program.Words(program.Room(LargestCommand), LargestCommand);
        var header = program.Words(0, 0, parts, 1, program.Room(64), 64, 0);
        Call(program, "recvmsg", BatteryTargets.Session, header, 0);
    }

    internal static int Say(BatteryProgram program, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        return Call(program, "write", BatteryTargets.Session, program.Bytes(bytes), (ulong)bytes.Length);
    }

    /// <summary>Sleeps for an hour: the machine is there until it is killed.</summary>
    internal static void Rest(BatteryProgram program) => Call(program, "nanosleep", program.Words(3600, 0), 0);

    internal static int Call(BatteryProgram program, string name, params ulong[] arguments) => program.Call(new BatteryCall(SystemCallNumbers.Of(name)) { Arguments = arguments });
}
