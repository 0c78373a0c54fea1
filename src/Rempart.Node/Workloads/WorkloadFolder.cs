using System.Text;
using Rempart.Linux;
using Rempart.Protocols.Conmon;

namespace Rempart.Node.Workloads;

/// <summary>The folder of one workload, `workloads/UID`: names of what is in it.</summary>
internal sealed record WorkloadFolder(string Path, string Uid)
{
    internal const string QmpName = "qmp.sock";
    private const int MaxLastWords = 1000;

    // 0711: the jail's id must pass through to its root and to nothing else.
    private const UnixFileMode FolderMode = (UnixFileMode)0b111_001_001;
    private const UnixFileMode PrivateMode = (UnixFileMode)0b111_000_000;
    private const UnixFileMode RecordMode = (UnixFileMode)0b110_000_000;

    internal WorkloadFolder(WorkloadSettings settings, string uid)
        : this(System.IO.Path.Combine(settings.WorkloadsFolder, uid), uid)
    {
    }

    internal string Record => System.IO.Path.Combine(Path, "workload.json");

    internal string Bundle => System.IO.Path.Combine(Path, "bundle");

    internal string Configuration => System.IO.Path.Combine(Bundle, "config.json");

    internal string Logs => System.IO.Path.Combine(Path, "logs");

    internal string ConsoleLog => System.IO.Path.Combine(Logs, "console.log");

    internal string Exits => System.IO.Path.Combine(Path, "exit");

    internal string ExitFile => System.IO.Path.Combine(Exits, Uid);

    /// <summary>Where conmon notes a kill for memory.</summary>
    internal string OomFile => System.IO.Path.Combine(Bundle, "oom");

    internal string ConmonPid => System.IO.Path.Combine(Path, "conmon.pid");

    internal string ProcessPid => System.IO.Path.Combine(Path, "process.pid");

    internal string KvmDevice => System.IO.Path.Combine(Path, "kvm");

    internal byte[]? ReadRecord() => File.Exists(Record) ? File.ReadAllBytes(Record) : null;

    /// <summary>Makes the folder if it is new, then replaces the record so that a crash leaves the old or the new one.</summary>
    internal void WriteRecord(ReadOnlySpan<byte> record)
    {
        Directory.CreateDirectory(Path, FolderMode);
        DurableFile.Write(Record, record, RecordMode);
    }

    /// <summary>Folders for a new run, empty but for the logs of earlier ones.</summary>
    internal void Prepare()
    {
        Directory.CreateDirectory(Bundle, FolderMode);
        Directory.CreateDirectory(Exits, PrivateMode);
        Directory.CreateDirectory(Logs, PrivateMode);
    }

    /// <summary>The last line that the workload's process wrote to its standard error; empty when there is none.</summary>
    internal string LastWords()
    {
        var text = Encoding.UTF8.GetString(ConmonLog.Tail(ConsoleLog, ConmonStream.Stderr, MaxLastWords)).Trim();
        return string.Concat(text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).TakeLast(1));
    }

    /// <summary>Removes what a run leaves beside its record and its logs.</summary>
    internal void ClearRun()
    {
        foreach (var folder in new[] { Bundle, Exits })
        {
            if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        }
        foreach (var name in new[] { System.IO.Path.Combine(Path, QmpName), ConmonPid, ProcessPid, KvmDevice }) File.Delete(name);
    }

    internal void Delete()
    {
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
