namespace Rempart.Node.Tests.Battery;

/// <summary>All that is tried in one kind of jail, in the order of its table.</summary>
internal sealed class AttemptSet(IReadOnlyList<Attempt> all)
{
    /// <summary>In QEMU's place.</summary>
    internal static AttemptSet OfMachine { get; } =
        new([.. FileAttempts.All(), .. NamespaceAttempts.All(), .. SocketAttempts.All(), .. SocketAttempts.OfMonitor(), .. ProcessAttempts.All(), .. KernelAttempts.All(), .. DescriptorAttempts.All()]);

    /// <summary>In curl's place.</summary>
    internal static AttemptSet OfFetcher { get; } =
        new(FetcherAttempts.Here([.. FetcherAttempts.Descriptors(), .. FetcherAttempts.Others(), .. BrokerAttempts.All(), .. FileAttempts.All(), .. NamespaceAttempts.All(), .. SocketAttempts.All(), .. ProcessAttempts.All(), .. KernelAttempts.All()]));

    internal IReadOnlyList<Attempt> All => all;

    internal static string Label(int index) => $"#{index:D3}";

    /// <summary>One after another, in one process.</summary>
    internal void Write(BatteryProgram program, BatteryTargets targets)
    {
        for (var index = 0; index < all.Count; index++) WriteOne(program, targets, index);
    }

    /// <summary>Each in a process of its own: what one succeeds in is not felt by the next.</summary>
    internal void WriteApart(BatteryProgram program, BatteryTargets targets)
    {
        for (var index = 0; index < all.Count; index++)
        {
            var fork = program.Call(new BatteryCall(SystemCallNumbers.Of("clone")) { Arguments = [17] });
            var parent = program.Call(new BatteryCall(BatteryProgram.Add) { Arguments = [BatteryProgram.ResultOf(fork), ulong.MaxValue] });
            WriteOne(program, targets, index);
            program.Call(new BatteryCall(SystemCallNumbers.Of("exit_group")));
            program.Jump(parent, onSuccess: program.Count);
            program.Call(new BatteryCall(SystemCallNumbers.Of("wait4")) { Arguments = [ulong.MaxValue] });
        }
    }

    internal void WriteOne(BatteryProgram program, BatteryTargets targets, int index)
    {
        var script = new AttemptScript(program, Label(index), targets);
        all[index].Script(script);
        script.End(program.Count);
    }

    /// <summary>What the program printed; one that printed nothing was replaced by another program.</summary>
    internal IReadOnlyList<AttemptResult> Read(string output)
    {
        // A forked process tells of its own success as well.
        var lines = output.Split('\n').Where(line => line.Length == 24 && line[0] == '#').GroupBy(line => line[..4], StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => unchecked((long)Convert.ToUInt64(group.First()[8..], 16)), StringComparer.Ordinal);
        return [.. Enumerable.Range(0, all.Count).Select(index => new AttemptResult(all[index], lines.TryGetValue(Label(index), out var value) ? value : null))];
    }
}
