namespace Rempart.Policy.Placement;

/// <summary>What can refuse a host, in the order in which it is asked.</summary>
public enum PlacementFilter
{
    /// <summary>It is being removed from the cluster.</summary>
    Leaving,

    /// <summary>It is not ready, or gave no sign of life in time.</summary>
    Readiness,

    /// <summary><c>spec.unschedulable</c>.</summary>
    Cordon,

    /// <summary>A taint <c>NoSchedule</c> or <c>NoExecute</c>, which no machine tolerates.</summary>
    Taint,

    /// <summary>A label of <c>spec.nodeSelector</c> that it lacks.</summary>
    NodeSelector,

    /// <summary>A volume of the machine lies on another host.</summary>
    Volume,

    /// <summary>A pool of the machine's volumes that host profiles give a folder on some hosts, and not or not yet on this one.</summary>
    Pool,

    /// <summary>A network of the machine is not known yet, so that nobody can say which hosts are at it.</summary>
    Network,

    /// <summary>The host is not, or not yet, at the physical network that a network of the machine is a part of.</summary>
    ProviderNetwork,

    /// <summary>An image of the machine's template is not there.</summary>
    Image,

    /// <summary>A rule with <c>Required</c>.</summary>
    Rule,

    /// <summary>Too little memory is left.</summary>
    Memory,

    /// <summary>Too few processors are left.</summary>
    Processors,
}
