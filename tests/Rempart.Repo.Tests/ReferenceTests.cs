using System.Xml.Linq;

namespace Rempart.Repo.Tests;

/// <summary>Which project may see which. The trust split of the processes rests on it, so it is a list and not a habit.</summary>
public sealed class ReferenceTests
{
    private static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Rempart.Api"] = [],
        ["Rempart.Store"] = ["Rempart.Protocols", "Rempart.Linux"],
        ["Rempart.Protocols"] = [],
        ["Rempart.Linux"] = [],
        ["Rempart.Warden"] = [],
        ["Rempart.Init"] = [],
        ["Rempart.Telemetry"] = ["Rempart.Api"],
        ["Rempart.Policy"] = ["Rempart.Api"],
        ["Rempart.Runtime"] = ["Rempart.Api"],
        ["Rempart.Cli"] = ["Rempart.Api", "Rempart.Policy"],
        ["Rempart.Console"] = ["Rempart.Api"],
        ["Rempart.ApiServer"] = ["Rempart.Api", "Rempart.Store", "Rempart.Policy"],
        ["Rempart.Controllers"] = ["Rempart.Api", "Rempart.Runtime", "Rempart.Policy", "Rempart.Protocols"],
        ["Rempart.Node"] = ["Rempart.Api", "Rempart.Runtime", "Rempart.Protocols", "Rempart.Linux", "Rempart.Telemetry"],
        ["Rempart.Server"] = ["Rempart.ApiServer", "Rempart.Controllers", "Rempart.Console", "Rempart.Store", "Rempart.Linux", "Rempart.Telemetry"],
    };

    [Fact]
    public void A_project_references_only_what_the_table_allows() =>
        Repository.None("a reference that the table of projects does not allow; change the table with a reason in docs/design", Sources()
            .SelectMany(project => References(project)
                .Except(Allowed.GetValueOrDefault(Name(project), []), StringComparer.Ordinal)
                .Select(reference => $"{Name(project)} -> {reference}")));

    [Fact]
    public void Every_source_project_is_in_the_table() =>
        Repository.None("a project that the table does not name", Sources().Select(Name).Where(name => !Allowed.ContainsKey(name)));

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        string solution = Repository.Read("rempart.slnx");
        Repository.None("not in rempart.slnx, so `./dev test` would not build it",
            Repository.Projects.Where(project => !solution.Contains($"\"{project}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_source_project_has_its_tests() =>
        Repository.None("a source project without a test project", Sources().Select(Name)
            .Where(name => !Repository.Exists($"tests/{name}.Tests/{name}.Tests.csproj")));

    [Fact]
    public void Versions_of_packages_are_central() =>
        Repository.None("a package version outside Directory.Packages.props", Repository.Projects
            .SelectMany(project => Document(project).Descendants("PackageReference")
                .Where(package => package.Attribute("Version") is not null || package.Attribute("VersionOverride") is not null)
                .Select(package => $"{project}: {package.Attribute("Include")?.Value}")));

    [Fact]
    public void Every_project_has_its_lock_file() =>
        Repository.None("a project without a packages.lock.json", Repository.Projects
            .Where(project => !Repository.Exists($"{Path.GetDirectoryName(project)}/packages.lock.json")));

    [Fact]
    public void No_project_silences_the_compiler() =>
        Repository.None("a project that sets NoWarn or turns an analyzer off", Repository.Projects
            .Where(project => Document(project).Descendants().Any(element => element.Name.LocalName is "NoWarn" or "RunAnalyzers" or "TreatWarningsAsErrors" or "Nullable")));

    private static IEnumerable<string> Sources() => Repository.Projects.Where(project => project.StartsWith("src/", StringComparison.Ordinal));

    private static string Name(string project) => Path.GetFileNameWithoutExtension(project);

    private static IEnumerable<string> References(string project) => Document(project).Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value.Replace('\\', '/')));

    private static XDocument Document(string project) => XDocument.Parse(Repository.Read(project));
}
