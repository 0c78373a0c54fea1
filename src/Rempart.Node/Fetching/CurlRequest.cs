using Microsoft.Win32.SafeHandles;

namespace Rempart.Node.Fetching;

/// <summary>One request for one file.</summary>
internal sealed record CurlRequest
{
    /// <summary>An https address without a user.</summary>
    public required Uri Url { get; init; }

    /// <summary>The port that the image's source names: beside 443 the only one that may be connected to, whatever a redirect or a registry says.</summary>
    public required int SourcePort { get; init; }

    /// <summary>Gets the bytes, behind <see cref="Offset"/>; of a mode that lets everyone write.</summary>
    public required SafeFileHandle Body { get; init; }

    /// <summary>Longest file that is taken, in bytes.</summary>
    public required long Most { get; init; }

    /// <summary>Bytes that are there already.</summary>
    public long Offset { get; init; }

    /// <summary>Of the file that those bytes are of, if it is known.</summary>
    public string? ETag { get; init; }

    /// <summary>Media types, or null for any.</summary>
    public string? Accept { get; init; }

    /// <summary>Bearer token, or null. curl gives it to no other host when it is redirected.</summary>
    public string? Token { get; init; }

    /// <summary>Seconds of less than 16 KiB/s after which it gives up.</summary>
    public int StallSeconds { get; init; } = 60;
}
