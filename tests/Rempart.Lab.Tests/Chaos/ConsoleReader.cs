using System.Text;
using Rempart.Lab.Hosts;
using Rempart.Protocols.Conmon;

namespace Rempart.Lab.Tests.Chaos;

/// <summary>Reads on in a machine's console on one host, over its stops, restarts and departures.</summary>
internal sealed class ConsoleReader(LabHost host, string uid)
{
    private const int MostAtOnce = 16 << 20;
    private readonly StringBuilder _line = new();
    private long _at;

    public string Host => host.Name;

    /// <summary>The whole lines that have come since the last time.</summary>
    public IReadOnlyList<string> Read()
    {
        var path = Path.Combine(host.Layout.InstanceFolder, "node", "workloads", uid, "logs", "console.log");
        byte[] bytes;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (file.Length < _at) Begin();
            file.Position = _at;
            bytes = new byte[Math.Min(file.Length - _at, MostAtOnce)];
            file.ReadExactly(bytes);
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            Begin();
            return [];
        }
        // A record of conmon's that is being written is for the next time.
        var whole = bytes.AsSpan().LastIndexOf((byte)'\n') + 1;
        _at += whole;
        _line.Append(Encoding.ASCII.GetString(ConmonLog.Decode(bytes.AsSpan(0, whole), ConmonStream.Stdout)));
        var lines = _line.ToString().Split('\n');
        _line.Clear().Append(lines[^1]);
        return lines[..^1];
    }

    private void Begin()
    {
        _at = 0;
        _line.Clear();
    }
}
