using System.Net;
using System.Net.Sockets;
using Rempart.Linux;
using Rempart.Node.Migration;

namespace Rempart.Node.Tests.Migration;

public sealed class MemoryLineTests : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _own = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Socket _target;

    public MemoryLineTests()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(1);
        _own.Connect(_listener.LocalEndPoint!);
        _target = _listener.Accept();
        _target.ReceiveTimeout = 30_000;
    }

    [Fact]
    public void What_goes_while_the_guest_runs_is_gathered_and_goes_at_once_when_it_stands_still()
    {
        // QEMU has a copy of its own, and keeps it.
        using var self = ProcessHandle.TryOpen(Environment.ProcessId);
        using var copy = self!.TakeDescriptor((int)_own.SafeHandle.DangerousGetHandle());
        using var qemu = new Socket(new SafeSocketHandle(copy!.DangerousGetHandle(), ownsHandle: false));
        using var line = new MemoryLine();
        line.Keep(_own);
        line.Gather();
        line.Gather();
        Assert.Equal(1, Corked(qemu));

        var gathered = qemu.Send("gathered"u8);
        line.Dispose();
        Assert.Equal(0, Corked(qemu));
        Assert.Equal(gathered, _target.Receive(new byte[16]));
    }

    [Fact]
    public void Without_a_connection_and_with_one_that_has_ended_it_does_nothing()
    {
        using (var none = new MemoryLine())
        {
            none.Gather();
        }
        using var line = new MemoryLine();
        line.Keep(_own);
        _target.Dispose();
        _own.Shutdown(SocketShutdown.Both);
        line.Gather();
        line.Dispose();
        line.Gather();
        Assert.True(_own.SafeHandle.IsClosed);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _own.Dispose();
        _target.Dispose();
    }

    private static int Corked(Socket socket)
    {
        var value = new byte[4];
        socket.GetRawSocketOption(6, 3, value);
        return BitConverter.ToInt32(value);
    }
}
