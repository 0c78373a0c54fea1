namespace Rempart.Node.Tests.Battery;

/// <summary>What came of one attempt.</summary>
/// <param name="Attempt">what was tried.</param>
/// <param name="Value">raw: 0 or more for success, else the negative error number; null when nothing was printed: the process was replaced.</param>
internal sealed record AttemptResult(Attempt Attempt, long? Value)
{
    internal const string Success = "done";

    private static readonly Dictionary<long, string> Names = new()
    {
        [1] = "EPERM", [2] = "ENOENT", [3] = "ESRCH", [7] = "E2BIG", [8] = "ENOEXEC", [9] = "EBADF", [11] = "EAGAIN", [12] = "ENOMEM", [13] = "EACCES", [14] = "EFAULT",
        [16] = "EBUSY", [17] = "EEXIST", [19] = "ENODEV", [20] = "ENOTDIR", [22] = "EINVAL", [25] = "ENOTTY", [26] = "ETXTBSY", [27] = "EFBIG", [30] = "EROFS", [38] = "ENOSYS",
        [40] = "ELOOP", [75] = "EOVERFLOW", [93] = "EPROTONOSUPPORT", [94] = "ESOCKTNOSUPPORT", [95] = "EOPNOTSUPP", [97] = "EAFNOSUPPORT", [101] = "ENETUNREACH", [111] = "ECONNREFUSED",
        [116] = "ESTALE", [126] = "ENOKEY", [6] = "ENXIO", [98] = "EADDRINUSE",
    };

    internal bool Succeeded => Attempt.IsAnswer ? Word == Success : Value is null or >= 0;

    internal string Word => Attempt.IsAnswer ? Answer : Succeeded ? Success : Names.GetValueOrDefault(-Value!.Value, $"error {-Value}");

    // SOCKS5: its version, what came of it, 0, and the type of an address; nothing when it has closed the connection, which a write notices too.
    private string Answer => Value switch
    {
        0 or -32 or -104 => "hung up",
        { } bytes when (bytes & 0xff) == 5 => ((bytes >> 8) & 0xff) switch { 0 => Success, 2 => "not allowed", 4 => "no such host", 5 => "not reached", var code => $"answer {code}" },
        { } error when error < 0 => Names.GetValueOrDefault(-error, $"error {-error}"),
        _ => "something else",
    };

    /// <summary>What a kernel says that was built without the thing asked for.</summary>
    internal bool IsMissingHere => Word is "ENOSYS" or "EAFNOSUPPORT" or "EPROTONOSUPPORT" or "ESOCKTNOSUPPORT";
}
