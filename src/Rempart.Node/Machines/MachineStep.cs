namespace Rempart.Node.Machines;

/// <summary>How far a machine has come on this host.</summary>
internal enum MachineStep
{
    /// <summary>A start was begun; whatever exists of it is to be taken down before the next one.</summary>
    Launching,

    /// <summary>A running guest of another host is to come into it: QEMU waits for it or holds it, and does not let it run by itself.</summary>
    Incoming,

    /// <summary>The guest was let go; from here on only facts end it.</summary>
    Running,

    /// <summary>Nothing of it runs; the exit is recorded.</summary>
    Ended,
}
