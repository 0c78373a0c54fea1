namespace Rempart.Node.Tests.Battery;

/// <summary>Writes one attempt's calls into a program.</summary>
internal sealed class AttemptScript(BatteryProgram program, string label, BatteryTargets targets)
{
    private readonly List<int> labelled = [];

    /// <summary>The calls made so far.</summary>
    internal List<string> Names { get; } = [];

    internal BatteryTargets Targets => targets;

    internal BatteryProgram Program => program;

    /// <summary>Calls by name. An argument is a number, an address, a text (its address is passed) or the result of an earlier call.</summary>
    internal CallResult Call(string name, params object[] arguments)
    {
        Names.Add(name);
        return Append(name, label, arguments);
    }

    /// <summary>A call whose result is nobody's affair.</summary>
    internal void Tidy(string name, params object[] arguments) => Append(name, null, arguments);

    /// <summary>The 8 bytes at an address are the result.</summary>
    internal void Look(ulong address) => labelled.Add(program.Call(new BatteryCall(BatteryProgram.Add) { Arguments = [address, 0], Label = label }));

    /// <summary>A call for which a name in the caller's own memory is asked: zeros.</summary>
    internal ulong Room(int size) => program.Room(size);

    internal ulong Words(params ulong[] words) => program.Words(words);

    internal ulong Bytes(params byte[] bytes) => program.Bytes(bytes);

    /// <summary>`clone` into a process of its own, which ends at once.</summary>
    internal void Fork(ulong flags)
    {
        var child = Call("clone", flags, 0, 0, 0, 0);
        var parent = program.Call(new BatteryCall(BatteryProgram.Add) { Arguments = [BatteryProgram.ResultOf(child.Index), ulong.MaxValue] });
        Append("exit_group", null, 0);
        program.Jump(parent, onSuccess: program.Count);
    }

    /// <summary>Says that the last call's success is told, and where every failure goes on.</summary>
    internal void End(int next)
    {
        foreach (var index in labelled) program.Jump(index, onError: next);
        program.TellSuccess(labelled[^1]);
    }

    private CallResult Append(string name, string? under, params object[] arguments)
    {
        // The copies come first: the call's own place is behind them.
        var place = program.Count + arguments.Count(argument => argument is CallResult);
        var values = new ulong[arguments.Length];
        for (var index = 0; index < arguments.Length; index++)
        {
            values[index] = arguments[index] switch
            {
                int number => (ulong)number,
                long number => (ulong)number,
                uint number => number,
                ulong number => number,
                string text => program.Text(text),
                CallResult => 0,
                var other => throw new ArgumentException($"`{other}` is no argument of a system call", nameof(arguments)),
            };
            if (arguments[index] is CallResult result) program.Call(new BatteryCall(BatteryProgram.Copy) { Arguments = [BatteryProgram.ArgumentOf(place, index), BatteryProgram.ResultOf(result.Index)] });
        }
        var call = program.Call(new BatteryCall(SystemCallNumbers.Of(name)) { Arguments = values, Label = under });
        if (under is not null) labelled.Add(call);
        return new CallResult(call);
    }
}
