using System.Runtime.InteropServices;
using Rempart.Lab.Layout;
using Rempart.Lab.Tools;

namespace Rempart.Lab.Tests.Labs;

/// <summary>The programs of this build and the micro guest, as a lab takes them.</summary>
internal sealed class BuiltPrograms : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-lab-").FullName;

    public async Task<LabPlan> PlanAsync(int hosts, CancellationToken cancellationToken)
    {
        foreach (var (kind, project) in new[] { ("init", "Rempart.Init"), ("node", "Rempart.Node"), ("server", "Rempart.Server"), ("cli", "Rempart.Cli") })
        {
            var link = Path.Combine(_folder, kind);
            if (!Directory.Exists(link)) Directory.CreateSymbolicLink(link, Path.Combine(Repository, "artifacts/bin", project, Configuration));
        }
        var micro = Path.Combine(Repository, "artifacts/micro");
        await Command.RunAsync([Path.Combine(Repository, "images/micro/build.sh"), micro], null, cancellationToken);
        return new LabPlan { Slot = 0, Hosts = hosts, Programs = _folder, Runtime = Runtime, MicroGuest = micro };
    }

    public static async Task<string> PageCheckAsync(CancellationToken cancellationToken)
    {
        var folder = Path.Combine(Repository, "artifacts/pagecheck");
        await Command.RunAsync([Path.Combine(Repository, "images/pagecheck/build.sh"), folder], null, cancellationToken);
        return folder;
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // `debug` or `release`, like the tests' own.
    private static string Configuration => Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));

    // …/shared/Microsoft.NETCore.App/VERSION/ is where the runtime of this process is.
    private static string Runtime => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../.."));

    private static string Repository { get; } = FindRepository();

    private static string FindRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "rempart.slnx"))) return folder.FullName;
        }
        throw new InvalidOperationException("these tests run from inside the repository");
    }
}
