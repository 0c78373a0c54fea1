using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Linux;

/// <summary>Runs code inside another network namespace.</summary>
public static class NetworkNamespace
{
    private const int NewNet = 0x40000000; // CLONE_NEWNET

    /// <param name="path">`/run/netns/NAME` or `/proc/PID/ns/net`.</param>
    public static SafeFileHandle Open(string path)
    {
        var handle = Native.Open(path, Native.O_RDONLY | Native.O_CLOEXEC, 0);
        return handle.IsInvalid ? throw LinuxException.Last($"open network namespace `{path}`") : handle;
    }

    /// <summary>
    /// Runs <paramref name="action"/> there, on a thread of its own that ends afterwards: setns changes one thread, and a pooled
    /// thread left in a foreign namespace would poison whatever runs on it next. Sockets and taps it opens stay in that namespace.
    /// </summary>
    public static T Run<T>(SafeFileHandle networkNamespace, Func<T> action)
    {
        T result = default!;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (Native.SetNs(networkNamespace, NewNet) < 0) throw LinuxException.Last("enter the network namespace");
                result = action();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }
        })
        { IsBackground = true, Name = "netns" };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
