namespace Rempart.Node.Volumes;

/// <summary>Makes a clean qcow2 from an uploaded disk, in a jail: the result has none of the upload's metadata, only what a guest would read.</summary>
internal sealed class ImageConverter(IJailedTool tool, PoolFolder pool, string qemuImg, TimeProvider time)
{
    private static readonly TimeSpan InspectLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ShortestConvertLimit = TimeSpan.FromMinutes(2);
    private const long LargestWrite = 4L << 20;
    private const long SlowestBytesASecond = 16L << 20;
    private static readonly TimeSpan LookAtRoom = TimeSpan.FromMilliseconds(500);
    private static readonly UnixFileMode Everyone = (UnixFileMode)0b110_110_110;

    /// <summary>The virtual size of the disk, which is at <paramref name="target"/> afterwards.</summary>
    /// <param name="source">the upload; of mode 0444.</param>
    /// <param name="target">a path in the same private folder, made here.</param>
    /// <param name="request">what it must be.</param>
    /// <param name="cancellationToken">ends the tool.</param>
    internal async Task<long> ConvertAsync(string source, string target, ImageRequest request, CancellationToken cancellationToken)
    {
        using var input = File.OpenHandle(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var format = ImageInspection.Name(request.Format);
        var info = await tool.RunAsync(
            new JailedToolRun { Program = qemuImg, Arguments = ["info", "--output=json", "-f", format, JailedToolRun.PathOf(0)], Files = [input], TimeLimit = InspectLimit },
            cancellationToken);
        if (info.ExitCode != 0) throw new VolumeException(VolumeFault.Refused, $"the disk can't be read as `{format}`: {LastLine(info.Output)}");
        var size = ImageInspection.VirtualSize(info.Output, request);

        // The jail's user opens it again by descriptor, so its mode lets everyone in; its folder lets nobody.
        await File.Create(target).DisposeAsync();
        File.SetUnixFileMode(target, Everyone);
        using var output = File.OpenHandle(target, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var largest = Qcow2Header.LargestFile(size);
        var room = Math.Max(0, pool.Room());
        var run = new JailedToolRun
        {
            Program = qemuImg,
            Arguments = ["convert", "-f", format, "-O", "qcow2", "-o", "compat=1.1", JailedToolRun.PathOf(0), JailedToolRun.PathOf(1)],
            Files = [input, output],
            MostFileBytes = Math.Min(largest, room),
            // By its size: others may wait, and a small one that hangs must not keep them for long.
            TimeLimit = ShortestConvertLimit + TimeSpan.FromSeconds((double)size / SlowestBytesASecond),
        };
        var result = await WithinRoomAsync(run, cancellationToken);
        // The tool's words may be the uploader's; the file's length is not.
        if (result.ExitCode != 0 && RandomAccess.GetLength(output) > run.MostFileBytes - LargestWrite) throw room < largest ? NoRoom() : new VolumeException(VolumeFault.Refused, $"the disk unfolds to more than the {largest} bytes that one of its size can take");
        if (result.ExitCode != 0) throw new VolumeException(VolumeFault.Refused, $"the disk can't be converted: {LastLine(result.Output)}");
        RandomAccess.FlushToDisk(output);
        return size;
    }

    // A small upload may unfold into the whole pool: the tool is ended before it takes the room that guests need.
    private async Task<JailedToolResult> WithinRoomAsync(JailedToolRun run, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var converting = tool.RunAsync(run, enough.Token);
        while (!converting.IsCompleted)
        {
            await Task.WhenAny(converting, Task.Delay(LookAtRoom, time, cancellationToken));
            if (cancellationToken.IsCancellationRequested) break;
            if (pool.Room() >= 0) continue;
            await enough.CancelAsync();
            await Task.WhenAny(converting);
            throw NoRoom();
        }
        return await converting;
    }

    private static VolumeException NoRoom() => new(VolumeFault.NoSpace, "the pool has no room for this disk unfolded; delete volumes or images, or make the file system larger");

    private static string LastLine(string output)
    {
        var line = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "the tool said nothing";
        var printable = string.Concat(line.Where(letter => !char.IsControl(letter)));
        return printable.Length <= 300 ? printable : printable[..300];
    }
}
