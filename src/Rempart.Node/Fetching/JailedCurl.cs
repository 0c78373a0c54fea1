using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Rempart.Api.Tunnel;
using Rempart.Linux;
using Rempart.Node.Volumes;

namespace Rempart.Node.Fetching;

/// <summary>
/// Speaks HTTP and TLS with strangers in a jail that holds nothing but curl: no network, no files, and six descriptors. The file that
/// grows is all that comes of it; who calls knows its digest.
/// </summary>
internal sealed class JailedCurl(IJailedTool tool, PoolFolder pool, FetchSettings settings, TimeProvider time)
{
    private const long Memory = 128L << 20;
    private const long MostHeads = 1L << 20;
    private const int LongestMessage = 200;
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly UnixFileMode Everyone = (UnixFileMode)0b110_110_110;

    /// <summary>Runs it once.</summary>
    /// <param name="request">what to get.</param>
    /// <param name="terms">where it may go.</param>
    /// <param name="watch">told twice a second how many bytes are there, and the answer's head once it is known.</param>
    /// <param name="cancellationToken">ends it; the bytes stay.</param>
    /// <exception cref="VolumeException">it could not be run, or the pool is full.</exception>
    internal async Task<CurlAnswer> RunAsync(CurlRequest request, FetchTerms terms, Func<long, ResponseHead?, Task> watch, CancellationToken cancellationToken)
    {
        using var staged = pool.Stage();
        var rules = new EgressRules([.. terms.AllowedRanges.Select(IPNetwork.Parse)], await settings.OwnAddresses(cancellationToken), new HashSet<int> { 443, request.SourcePort });
        await using var broker = new EgressBroker(staged.Folder, rules, settings.Resolve, time);
        await File.Create(staged.File("heads")).DisposeAsync();
        File.SetUnixFileMode(staged.File("heads"), Everyone);
        using var heads = File.OpenHandle(staged.File("heads"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        using var authorities = Authorities(terms);
        using var headers = MemoryFile.Sealed("headers", Encoding.ASCII.GetBytes(CurlCommand.HeaderFile(request)));
        var run = new JailedToolRun
        {
            Program = settings.Curl,
            Arguments = CurlCommand.Arguments(request with { StallSeconds = settings.StallSeconds }),
            Files = [request.Body, heads, broker.Handle, authorities, headers],
            Connects = true,
            MemoryBytes = Memory,
            MostFileBytes = request.Most,
            TimeLimit = settings.LongestRun,
        };
        var result = await WatchAsync(run, request.Body, heads, watch, cancellationToken);
        return new CurlAnswer(result.ExitCode, Status(result.Output), Head(heads), broker.Refusals, Message(result.Output)) { Length = RandomAccess.GetLength(request.Body) };
    }

    private async Task<JailedToolResult> WatchAsync(JailedToolRun run, SafeFileHandle body, SafeFileHandle heads, Func<long, ResponseHead?, Task> watch, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var running = tool.RunAsync(run, enough.Token);
        try
        {
            while (!running.IsCompleted)
            {
                await Task.WhenAny(running, Task.Delay(LookEvery, time, enough.Token));
                if (pool.Room() < 0) throw CurlOutcome.NoRoom();
                if (RandomAccess.GetLength(heads) > MostHeads) throw new VolumeException(VolumeFault.Refused, "the source answers with headers that do not end");
                await watch(RandomAccess.GetLength(body), Head(heads));
            }
        }
        finally
        {
            // The files are the jail's until it has ended.
            await enough.CancelAsync();
            await Task.WhenAny(running);
        }

        return await running;
    }

    private SafeFileHandle Authorities(FetchTerms terms)
    {
        if (terms.Authorities is { } named) return MemoryFile.Sealed("authorities", Encoding.ASCII.GetBytes(named));
        try
        {
            return File.OpenHandle(settings.AuthoritiesFile);
        }
        catch (IOException missing)
        {
            throw new VolumeException(VolumeFault.Failed, $"`{settings.AuthoritiesFile}` is not there: install ca-certificates on the node", missing);
        }
    }

    private static ResponseHead? Head(SafeFileHandle heads)
    {
        var buffer = new byte[ResponseHead.Most];
        var read = RandomAccess.Read(heads, buffer, Math.Max(0, RandomAccess.GetLength(heads) - buffer.Length));
        return ResponseHead.Last(buffer.AsSpan(0, read));
    }

    private static int Status(string output)
    {
        var line = output.Split('\n').LastOrDefault(line => line.StartsWith(CurlCommand.Mark, StringComparison.Ordinal));
        return int.TryParse(line?[CurlCommand.Mark.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var status) ? status : 0;
    }

    private static string Message(string output)
    {
        var line = output.Split('\n', StringSplitOptions.TrimEntries).LastOrDefault(line => line.StartsWith("curl: ", StringComparison.Ordinal)) ?? "it says nothing";
        var printable = string.Concat(line.Where(letter => !char.IsControl(letter)));
        return printable.Length <= LongestMessage ? printable : printable[..LongestMessage];
    }
}
