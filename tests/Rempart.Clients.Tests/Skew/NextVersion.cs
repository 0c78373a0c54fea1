using System.Diagnostics;
using Rempart.Testing.Programs;

namespace Rempart.Clients.Tests.Skew;

/// <summary>
/// <c>rempart-server</c> of the next minor version: this checkout's sources with a higher version, a field more in <c>MachineClass</c> and a kind more,
/// <c>Widget</c>, built under <c>artifacts/next</c>. What has not changed since the last build is not built again.
/// </summary>
internal static class NextVersion
{
    private static readonly string[] RootFiles = ["Directory.Build.props", "Directory.Packages.props", "BannedSymbols.txt", "global.json"];

    private static readonly (string File, string After, string Inserted)[] Edits =
    [
        ("src/Rempart.Api/Compute/MachineClassSpec.cs", "public sealed record MachineClassSpec\n{\n", "    /// <summary>What is new.</summary>\n    public string? Watchdog { get; init; }\n\n"),
        ("src/Rempart.Api/ApiKinds.cs", "KindInfo.Of<MachineClass>(), ", "KindInfo.Of<Widget>(), "),
        ("src/Rempart.Api/ApiJsonContext.cs", "[JsonSerializable(typeof(MachineClass))]\n", "[JsonSerializable(typeof(Widget))]\n[JsonSerializable(typeof(ApiList<Widget>))]\n"),
        ("src/Rempart.ApiServer/Kinds/KindRegistrations.cs", "        Of<MachineClass>(new MachineClassRules()),\n", "        Of<Widget>(new KindRules()),\n"),
    ];

    private const string Widget = """
        using Rempart.Api.Meta;

        namespace Rempart.Api.Compute;

        /// <summary>A kind that the version before does not know.</summary>
        [ApiKind("compute.rempart.dev", "v1", "widgets")]
        public sealed record Widget : ApiObject
        {
            /// <summary>Anything.</summary>
            public string? Size { get; init; }
        }

        """;

    /// <summary>The version that it tells.</summary>
    public static string Version { get; } = $"{Api.Versions.ProgramVersion.Own.Major}.{Api.Versions.ProgramVersion.Own.Minor + 1}.0";

    /// <summary>Builds it; the path of the program.</summary>
    public static async Task<string> BuildAsync(CancellationToken cancellationToken)
    {
        var repository = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../.."));
        var tree = Path.Combine(repository, "artifacts/next");
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in RootFiles) wanted[file] = await File.ReadAllTextAsync(Path.Combine(repository, file), cancellationToken);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(repository, "src"), "*", SearchOption.AllDirectories).Where(file => Path.GetExtension(file) is ".cs" or ".csproj" or ".json" or ".sql"))
            wanted[Path.GetRelativePath(repository, file)] = await File.ReadAllTextAsync(file, cancellationToken);
        foreach (var (file, after, inserted) in Edits)
        {
            Assert.True(wanted[file].Contains(after, StringComparison.Ordinal), $"`{file}` has no `{after}`: the next version can't be made of it as {nameof(NextVersion)} says");
            wanted[file] = wanted[file].Replace(after, after + inserted, StringComparison.Ordinal);
        }

        var now = $"<VersionPrefix>{Api.Versions.ProgramVersion.Own}</VersionPrefix>";
        Assert.Contains(now, wanted["Directory.Build.props"], StringComparison.Ordinal);
        wanted["Directory.Build.props"] = wanted["Directory.Build.props"].Replace(now, $"<VersionPrefix>{Version}</VersionPrefix>", StringComparison.Ordinal);
        wanted["src/Rempart.Api/Compute/Widget.cs"] = Widget;
        await LayAsync(tree, wanted, cancellationToken);
        await RunAsync(tree, ["build", "src/Rempart.Server", "--configuration", BuiltProgram.Configuration, "-nologo", "-v", "q", "-p:RunAnalyzers=false"], cancellationToken);
        return Path.Combine(tree, "artifacts/bin/Rempart.Server", BuiltProgram.Configuration, "rempart-server");
    }

    // What is as it was keeps its time, so that nothing is built again for it.
    private static async Task LayAsync(string tree, Dictionary<string, string> wanted, CancellationToken cancellationToken)
    {
        foreach (var (file, text) in wanted)
        {
            var path = Path.Combine(tree, file);
            if (File.Exists(path) && await File.ReadAllTextAsync(path, cancellationToken) == text) continue;
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, text, cancellationToken);
        }

        foreach (var left in Directory.EnumerateFiles(Path.Combine(tree, "src"), "*", SearchOption.AllDirectories).Where(file => !wanted.ContainsKey(Path.GetRelativePath(tree, file))).ToList()) File.Delete(left);
    }

    private static async Task RunAsync(string folder, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        // Of a run of tests under `dotnet`: the next version's build has nothing of them.
        foreach (var name in (string[])["MSBUILD_EXE_PATH", "MSBuildSDKsPath", "MSBuildExtensionsPath"]) start.Environment.Remove(name);
        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            Assert.True(process.ExitCode == 0, $"the next version could not be built: {output}{await errors}");
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
        }
    }
}
