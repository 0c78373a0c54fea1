using System.Diagnostics;
using System.Runtime.CompilerServices;
using Rempart.Clients.Tests.Servers;

namespace Rempart.Clients.Tests.Kubectl;

/// <summary>
/// What the real kubectl prints, verb by verb, beside what it is to print: the transcripts in <c>Cases</c>, each in a project of its own on one server.
/// REMPART_TRANSCRIPTS=write writes what was printed into them, to be read before it is committed.
/// </summary>
[Trait("level", "real")]
public sealed class KubectlCaseTests(ServerFixture fixture) : IClassFixture<ServerFixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    public static TheoryData<string> Cases() => [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Kubectl/Cases"), "*.txt").Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Kubectl_prints_what_its_transcript_has(string name)
    {
        var project = $"kubectl-{name}";
        var folder = Directory.CreateDirectory(Path.Combine(fixture.Server.Folder, project)).FullName;
        File.Copy(fixture.Server.Kubeconfig, Path.Combine(folder, "config"), overwrite: true);
        await RunAsync($"kubectl create namespace {project} && kubectl config set-context --current --namespace {project}", folder);
        var (steps, wrong, first) = (new List<Step>(), 0, "");
        foreach (var step in Transcript.Read(await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Kubectl/Cases", $"{name}.txt"), TestContext.Current.CancellationToken)))
        {
            if (step.File is { } file) await File.WriteAllLinesAsync(Path.Combine(folder, file), step.Body.Select(Filled), TestContext.Current.CancellationToken);
            if (step.Command is not { } command)
            {
                steps.Add(step);
                continue;
            }

            var (exit, printed) = await RunAsync(Filled(command), folder);
            var actual = Transcript.Named(printed, [(folder, "<folder>"), (project, "<project>"), (fixture.Server.Address.AbsoluteUri.TrimEnd('/'), "<server>")]);
            if (exit == step.Exit && Transcript.Fits(step.Body, actual))
            {
                steps.Add(step);
                continue;
            }

            steps.Add(step with { Body = actual, Exit = exit });
            wrong++;
            if (wrong <= 5) first += $"\n{name}.txt:{step.Line}: $ {command}\nexpected ({step.Exit}):\n  {string.Join("\n  ", step.Body)}\nprinted ({exit}):\n  {string.Join("\n  ", actual)}\n";
        }

        if (wrong > 0 && Environment.GetEnvironmentVariable("REMPART_TRANSCRIPTS") == "write") await File.WriteAllTextAsync(Path.Combine(Here(), "Cases", $"{name}.txt"), Transcript.Written(steps), TestContext.Current.CancellationToken);
        Assert.True(wrong == 0, $"{wrong} commands printed something else: {first}");

        string Filled(string text) => text.Replace("<project>", project, StringComparison.Ordinal);
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static async Task<(int Exit, string Printed)> RunAsync(string command, string folder)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        var start = new ProcessStartInfo("bash", ["-c", $"exec 2>&1 </dev/null\n{command}"]) { UseShellExecute = false, RedirectStandardOutput = true, WorkingDirectory = folder };
        start.Environment["HOME"] = start.Environment["TMPDIR"] = folder;
        start.Environment["KUBECONFIG"] = Path.Combine(folder, "config");
        using var process = Process.Start(start)!;
        try
        {
            var printed = await process.StandardOutput.ReadToEndAsync(patience.Token);
            await process.WaitForExitAsync(patience.Token);
            return (process.ExitCode, printed);
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
