namespace Rempart.Lab.Tests.Scenarios;

/// <summary>A scenario as text: a line a step, in words of <see cref="ScenarioRun"/>, then `---`, then the log that it must give. `#` begins a comment.</summary>
internal sealed record Scenario(IReadOnlyList<string> Steps, string Log)
{
    private const string End = "---\n";

    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Scenarios");

    public static Scenario Read(string name)
    {
        var text = File.ReadAllText(Path.Combine(Folder, name + ".txt"));
        var at = text.IndexOf(End, StringComparison.Ordinal);
        if (at < 0) throw new FormatException($"scenario `{name}` has no line `---`");
        return new Scenario([.. text[..at].Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#')], text[(at + End.Length)..].Trim());
    }
}
