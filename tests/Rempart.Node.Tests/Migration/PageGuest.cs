using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Rempart.Node.Machines;
using Rempart.Node.Tests.Machines;

namespace Rempart.Node.Tests.Migration;

/// <summary>The guest that checks its own memory and disk (images/pagecheck), and what its console says of it.</summary>
internal static partial class PageGuest
{
    private static readonly SemaphoreSlim Gate = new(1, 1);
    private static readonly string Folder = Path.Combine(MicroGuest.Repository, "artifacts", "pagecheck");

    internal const int MemoryMiB = 88;

    /// <summary>Starts with its disk, a clone that is written, and a read-only one like a seed.</summary>
    internal static async Task<MachineLaunch> LaunchAsync(string uid, PageDisk disk, CancellationToken cancellationToken, int checkedMiB = 16, int pages = 32, int pause = 8000, int sync = 256)
    {
        await BuildAsync(cancellationToken);
        return new MachineLaunch
        {
            Uid = uid,
            Name = "test/pagecheck",
            MemoryBytes = MemoryMiB << 20,
            Vcpus = 1,
            Boot = MicroImage.In(Folder).Open(string.Create(CultureInfo.InvariantCulture, $"console=ttyS0 quiet pc_memory={checkedMiB} pc_pages={pages} pc_pause={pause} pc_sync={sync}")),
            Disks = [new MachineDisk("disk0", "root", disk.Open()), new MachineDisk("seed", "seed", [new DiskLayer(File.OpenHandle(disk.Base, share: FileShare.ReadWrite), DiskFormat.Raw, ReadOnly: true)])],
        };
    }

    /// <summary>The rounds that a console shows, in their order.</summary>
    /// <param name="console">all that one life of the guest printed, on however many hosts.</param>
    internal static IReadOnlyList<long> Rounds(string console) =>
        [.. RoundPattern().Matches(console).Select(match => long.Parse(match.Groups["round"].ValueSpan, CultureInfo.InvariantCulture))];

    /// <summary>Every round of one life is there once, in order, and none found a bad page or block.</summary>
    internal static void AssertWhole(string console)
    {
        var rounds = Rounds(console);
        Assert.NotEmpty(rounds);
        Assert.Equal(Enumerable.Range(0, rounds.Count).Select(index => rounds[0] + index), rounds);
        Assert.DoesNotMatch(BadPattern(), console);
        Assert.All(RoundPattern().Matches(console), match => Assert.Equal("0 0", match.Groups["bad"].Value));
    }

    /// <summary>What a console shows of the life that began last on its host.</summary>
    internal static string LastLife(string console) => console.LastIndexOf("\nT 1 0 0", StringComparison.Ordinal) is >= 0 and var at ? console[at..] : console;

    internal static async Task BuildAsync(CancellationToken cancellationToken)
    {
        await Gate.WaitAsync(cancellationToken);
        try
        {
            using var build = Process.Start(new ProcessStartInfo(Path.Combine(MicroGuest.Repository, "images/pagecheck/build.sh"), [Folder]) { UseShellExecute = false, RedirectStandardError = true })!;
            var errors = await build.StandardError.ReadToEndAsync(cancellationToken);
            await build.WaitForExitAsync(cancellationToken);
            Assert.True(build.ExitCode == 0, errors);
        }
        finally
        {
            Gate.Release();
        }
    }

    [GeneratedRegex(@"^T (?<round>[0-9]+) (?<bad>[0-9]+ [0-9]+)\r?$", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex RoundPattern();

    [GeneratedRegex(@"^[BD] [0-9]+", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 10_000)]
    private static partial Regex BadPattern();
}
