namespace Rempart.Node.Tests.Battery;

/// <summary>All that is tried, in the order of the table.</summary>
internal static class Attempts
{
    internal static IReadOnlyList<Attempt> All { get; } =
        [.. FileAttempts.All(), .. NamespaceAttempts.All(), .. SocketAttempts.All(), .. ProcessAttempts.All(), .. KernelAttempts.All(), .. DescriptorAttempts.All()];

    internal static string Label(int index) => $"#{index:D3}";

    /// <summary>One after another, in one process.</summary>
    internal static void Write(BatteryProgram program, BatteryTargets targets)
    {
        for (var index = 0; index < All.Count; index++) WriteOne(program, targets, index);
    }

    /// <summary>Each in a process of its own: what one succeeds in is not felt by the next.</summary>
    internal static void WriteApart(BatteryProgram program, BatteryTargets targets)
    {
        for (var index = 0; index < All.Count; index++)
        {
            var fork = program.Call(new BatteryCall(SystemCallNumbers.Of("clone")) { Arguments = [17] });
            var parent = program.Call(new BatteryCall(BatteryProgram.Add) { Arguments = [BatteryProgram.ResultOf(fork), ulong.MaxValue] });
            WriteOne(program, targets, index);
            program.Call(new BatteryCall(SystemCallNumbers.Of("exit_group")));
            program.Jump(parent, onSuccess: program.Count);
            program.Call(new BatteryCall(SystemCallNumbers.Of("wait4")) { Arguments = [ulong.MaxValue] });
        }
    }

    internal static void WriteOne(BatteryProgram program, BatteryTargets targets, int index)
    {
        var script = new AttemptScript(program, Label(index), targets);
        All[index].Script(script);
        script.End(program.Count);
    }

    /// <summary>What the program printed; one that printed nothing was replaced by another program.</summary>
    internal static IReadOnlyList<AttemptResult> Read(string output)
    {
        // A forked process tells of its own success as well.
        var lines = output.Split('\n').Where(line => line.Length == 24 && line[0] == '#').GroupBy(line => line[..4], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => unchecked((long)Convert.ToUInt64(group.First()[8..], 16)), StringComparer.Ordinal);
        return [.. Enumerable.Range(0, All.Count).Select(index => new AttemptResult(index, lines.TryGetValue(Label(index), out var value) ? value : null))];
    }
}
