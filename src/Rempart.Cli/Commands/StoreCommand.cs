using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace Rempart.Cli.Commands;

/// <summary>
/// <c>rempart store</c>: hands its words to <c>rempart-server store</c>. Copies and moves of the store are no matter of the API: they
/// need the server's files, and must work while no server runs.
/// </summary>
internal sealed class StoreCommand : Command
{
    private const string Program = "rempart-server";

    public StoreCommand() : base("store", "Saves, checks, restores or moves the server's store (runs rempart-server store).") => TreatUnmatchedTokensAsErrors = false;

    /// <summary>Runs the program with the terminal of this one.</summary>
    /// <param name="words">What follows <c>store</c>, as it was typed.</param>
    /// <param name="folder">Where this program is.</param>
    /// <param name="path">The PATH.</param>
    /// <param name="errors">Told when there is no such program.</param>
    /// <param name="cancellationToken">Ends the program too, in good order.</param>
    /// <returns>Its exit code.</returns>
    public static async Task<int> RunAsync(IEnumerable<string> words, string folder, string path, TextWriter errors, CancellationToken cancellationToken)
    {
        if (Find(folder, path) is not { } program)
        {
            await errors.WriteLineAsync($"`{Program}` is neither beside this program nor on the PATH: run `rempart store` on the server's host");
            return ExitCode.Failed;
        }

        using var process = Process.Start(new ProcessStartInfo(program, ["store", .. words]) { UseShellExecute = false })!;
        // A move that goes on unseen behind this program's end would be in the way of the next.
        await using var stop = cancellationToken.Register(() => Terminate(process.Id));
        await process.WaitForExitAsync(CancellationToken.None);
        // The program's 64 is this one's way to say that words are wrong.
        return process.ExitCode == 64 ? ExitCode.Usage : process.ExitCode;
    }

    private static void Terminate(int pid)
    {
        using var kill = Process.Start("/bin/kill", ["-TERM", pid.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Beside this program, in the server's folder next to its own (as an instance is laid out), or on the PATH.</summary>
    internal static string? Find(string folder, string path) =>
        path.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Where(Path.IsPathRooted)
            .Prepend(Path.Combine(folder, "..", "server")).Prepend(folder)
            .Select(each => Path.GetFullPath(Path.Combine(each, Program)))
            .FirstOrDefault(File.Exists);
}
