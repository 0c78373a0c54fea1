namespace Rempart.Node.Witness;

/// <summary>What a checkpoint means to a node that kept earlier ones.</summary>
internal enum WitnessVerdict
{
    /// <summary>It is the last one again.</summary>
    Known,

    /// <summary>It goes on from the last one.</summary>
    Keep,

    /// <summary>It is not signed by the key that this node saw first.</summary>
    Unsigned,

    /// <summary>It speaks of another chain.</summary>
    OtherChain,

    /// <summary>It counts fewer records than there were: the trail was cut or begun anew.</summary>
    Rewound,

    /// <summary>It counts as many records, of which the last one is another: the trail was rewritten.</summary>
    Contradicts,
}
