namespace Rempart.ApiServer.Audit;

/// <summary>Tells a full disk from other failures of files: .NET has no exception of its own for it.</summary>
internal static class DiskFull
{
    // errno(3), which is the HResult of an IOException that .NET knows no better one for.
    private const int NoSpaceLeft = 28;
    private const int QuotaExceeded = 122;

    /// <summary>Whether it is one.</summary>
    public static bool Is(Exception failure) => failure is IOException { HResult: NoSpaceLeft or QuotaExceeded };
}
