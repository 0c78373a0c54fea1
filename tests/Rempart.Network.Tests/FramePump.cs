using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Rempart.Network.Tests;

/// <summary>Carries frames between two taps, as a virtual machine's network card does between its tap and its guest.</summary>
internal sealed class FramePump : IDisposable
{
    private const short Readable = 1; // POLLIN
    private const int PollMilliseconds = 200;
    private readonly SafeFileHandle _one;
    private readonly SafeFileHandle _other;
    private readonly Thread _thread;
    private volatile bool _ending;

    internal FramePump(SafeFileHandle one, SafeFileHandle other)
    {
        (_one, _other) = (one, other);
        _thread = new Thread(Run) { IsBackground = true, Name = "frames" };
        _thread.Start();
    }

    /// <summary>Puts a frame on the other side, as if it had come from the one.</summary>
    internal void Send(byte[] frame) => Write((int)_other.DangerousGetHandle(), frame, (nuint)frame.Length);

    public void Dispose()
    {
        _ending = true;
        _thread.Join();
        _one.Dispose();
        _other.Dispose();
    }

    private void Run()
    {
        var frame = new byte[65536];
        int one = (int)_one.DangerousGetHandle(), other = (int)_other.DangerousGetHandle();
        var polled = new[] { new Polled { Descriptor = one, Events = Readable }, new Polled { Descriptor = other, Events = Readable } };
        while (!_ending)
        {
            if (Poll(polled, 2, PollMilliseconds) < 0 && Marshal.GetLastPInvokeError() != 4) throw new Win32Exception();
            Move(one, other, frame);
            Move(other, one, frame);
        }
    }

    private static void Move(int from, int to, byte[] frame)
    {
        for (var i = 0; i < 64; i++)
        {
            var count = Read(from, frame, (nuint)frame.Length);
            if (count <= 0) return;
            Write(to, frame, (nuint)count); // a full queue drops, as a wire does
        }
    }

    [DllImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static extern int Poll([In, Out] Polled[] descriptors, nuint count, int milliseconds);

    [DllImport("libc", EntryPoint = "read", SetLastError = true)]
    private static extern nint Read(int descriptor, byte[] buffer, nuint count);

    [DllImport("libc", EntryPoint = "write", SetLastError = true)]
    private static extern nint Write(int descriptor, byte[] buffer, nuint count);

    [StructLayout(LayoutKind.Sequential)]
    private struct Polled
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }
}
