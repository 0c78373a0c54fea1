using System.Diagnostics;

namespace Rempart.Clients.Tests.Servers;

/// <summary>
/// A program that plays a client. It does what it came for and ends with 0; when it prints a line <c>please WORD</c> the test does what the word
/// stands for and answers with a line.
/// </summary>
public static class ClientProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>Runs it to its end and gives all that it printed; fails unless it ended with 0.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="kubeconfig">What it reads as KUBECONFIG; its folder becomes HOME.</param>
    /// <param name="please">Does what a word stands for.</param>
    /// <param name="environment">More of the environment.</param>
    public static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, string kubeconfig, Func<string, Task>? please = null, params (string Name, string Value)[] environment)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var home = Path.GetDirectoryName(kubeconfig)!;
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = home };
        foreach (var name in start.Environment.Keys.Where(name => name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToList()) start.Environment.Remove(name);
        start.Environment["HOME"] = home;
        start.Environment["KUBECONFIG"] = kubeconfig;
        foreach (var (name, value) in environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var printed = new List<string>();
        try
        {
            var errors = process.StandardError.ReadToEndAsync(patience.Token);
            while (await process.StandardOutput.ReadLineAsync(patience.Token) is { } line)
            {
                printed.Add(line);
                if (please is null || !line.StartsWith("please ", StringComparison.Ordinal)) continue;
                await please(line["please ".Length..]);
                await process.StandardInput.WriteLineAsync("done");
                await process.StandardInput.FlushAsync(patience.Token);
            }

            await process.WaitForExitAsync(patience.Token);
            Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}:\n{string.Join('\n', printed)}\n{await errors}");
            return string.Join('\n', printed);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"{program} did not end; it printed:\n{string.Join('\n', printed)}");
            throw;
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>A kubeconfig that leads to another address, such as a proxy's, in a file of its own.</summary>
    public static string Redirected(RealServer server, Uri address, string name)
    {
        var path = Path.Combine(Directory.CreateDirectory(Path.Combine(server.Folder, name)).FullName, "config");
        File.WriteAllText(path, File.ReadAllText(server.Kubeconfig).Replace(server.Address.AbsoluteUri.TrimEnd('/'), address.AbsoluteUri.TrimEnd('/'), StringComparison.Ordinal));
        return path;
    }
}
