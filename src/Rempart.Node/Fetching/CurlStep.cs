namespace Rempart.Node.Fetching;

/// <summary>What comes after a run of curl.</summary>
internal enum CurlStep
{
    /// <summary>All bytes are there.</summary>
    Done,

    /// <summary>It was cut: go on from what is there, if it got any further.</summary>
    Again,

    /// <summary>The source does not go on from there: begin anew.</summary>
    FromZero,

    /// <summary>The source asks to be left alone for now.</summary>
    Later,

    /// <summary>The same again would end the same.</summary>
    Failed,
}
