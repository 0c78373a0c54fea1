using System.Collections.Frozen;

namespace Rempart.ApiServer.Flow;

/// <summary>The gates of all levels.</summary>
internal sealed class FlowControl
{
    private readonly FrozenDictionary<string, FlowGate> _gates;

    public FlowControl(FlowLevels levels, TimeProvider time)
    {
        Levels = levels;
        FlowLevel[] all = [levels.Heartbeats, levels.Nodes, levels.Controllers, levels.Operators, levels.Tenants, levels.Joining, levels.Anonymous, levels.Probes];
        _gates = all.ToFrozenDictionary(level => level.Name, level => new FlowGate(level, time));
    }

    /// <summary>What is allowed.</summary>
    public FlowLevels Levels { get; }

    /// <summary>The gate of a level.</summary>
    public FlowGate Gate(FlowLevel level) => _gates[level.Name];
}
