namespace Rempart.Cli;

/// <summary>Exit codes of <c>rempart</c>; scripts may rely on them.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>The server or a file said no; the reason is on stderr.</summary>
    public const int Failed = 1;

    /// <summary>The command line can't be understood.</summary>
    public const int Usage = 2;

    /// <summary>The object isn't there.</summary>
    public const int NotFound = 3;

    /// <summary>Not signed in, or not allowed.</summary>
    public const int Denied = 4;

    /// <summary>The server can't be reached.</summary>
    public const int Unreachable = 5;

    /// <summary>What was waited for didn't happen in time.</summary>
    public const int Timeout = 6;

    /// <summary>Evidence doesn't hold: a chain or a digest is broken.</summary>
    public const int Broken = 7;
}
