namespace Rempart.Node.Tests.Battery;

/// <summary>What came of one attempt.</summary>
/// <param name="Index">of the attempt.</param>
/// <param name="Value">raw: 0 or more for success, else the negative error number; null when nothing was printed: the process was replaced.</param>
internal sealed record AttemptResult(int Index, long? Value)
{
    internal const string Success = "done";

    private static readonly Dictionary<long, string> Names = new()
    {
        [1] = "EPERM", [2] = "ENOENT", [3] = "ESRCH", [7] = "E2BIG", [8] = "ENOEXEC", [9] = "EBADF", [11] = "EAGAIN", [12] = "ENOMEM", [13] = "EACCES", [14] = "EFAULT",
        [16] = "EBUSY", [17] = "EEXIST", [19] = "ENODEV", [20] = "ENOTDIR", [22] = "EINVAL", [25] = "ENOTTY", [26] = "ETXTBSY", [27] = "EFBIG", [30] = "EROFS", [38] = "ENOSYS",
        [40] = "ELOOP", [75] = "EOVERFLOW", [93] = "EPROTONOSUPPORT", [94] = "ESOCKTNOSUPPORT", [95] = "EOPNOTSUPP", [97] = "EAFNOSUPPORT", [101] = "ENETUNREACH", [111] = "ECONNREFUSED",
        [116] = "ESTALE", [126] = "ENOKEY", [6] = "ENXIO",
    };

    internal bool Succeeded => Value is null or >= 0;

    internal string Word => Succeeded ? Success : Names.GetValueOrDefault(-Value!.Value, $"error {-Value}");

    /// <summary>What a kernel says that was built without the thing asked for.</summary>
    internal bool IsMissingHere => Word is "ENOSYS" or "EAFNOSUPPORT" or "EPROTONOSUPPORT" or "ESOCKTNOSUPPORT";
}
