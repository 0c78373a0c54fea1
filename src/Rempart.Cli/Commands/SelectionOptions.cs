using System.CommandLine;

namespace Rempart.Cli.Commands;

/// <summary>Options that choose objects: label selector, field selector, all namespaces.</summary>
internal sealed class SelectionOptions
{
    /// <summary><c>-l</c>.</summary>
    public Option<string?> Labels { get; } = new("--selector", "-l") { Description = "label selector such as app=web,tier!=cache", HelpName = "selector" };

    /// <summary><c>--field-selector</c>.</summary>
    public Option<string?> Fields { get; } = new("--field-selector") { Description = "field selector such as status.phase=Running", HelpName = "selector" };

    /// <summary><c>-A</c>.</summary>
    public Option<bool> AllNamespaces { get; } = new("--all-namespaces", "-A") { Description = "in all projects" };

    /// <summary>Adds the options to a verb.</summary>
    /// <param name="command">The verb.</param>
    public void AddTo(Command command)
    {
        command.Options.Add(Labels);
        command.Options.Add(Fields);
        command.Options.Add(AllNamespaces);
    }

    /// <summary>The query that the options stand for.</summary>
    /// <param name="parse">Arguments.</param>
    /// <param name="name">One object, or null.</param>
    /// <param name="more">Further parameters.</param>
    public string Query(ParseResult parse, string? name, params string[] more)
    {
        List<string> parameters = [.. more];
        if (parse.GetValue(Labels) is { Length: > 0 } labels) parameters.Add("labelSelector=" + Uri.EscapeDataString(labels));
        var fields = parse.GetValue(Fields);
        if (name is not null) fields = string.IsNullOrEmpty(fields) ? $"metadata.name={name}" : $"{fields},metadata.name={name}";
        if (!string.IsNullOrEmpty(fields)) parameters.Add("fieldSelector=" + Uri.EscapeDataString(fields));
        return parameters.Count == 0 ? "" : "?" + string.Join('&', parameters);
    }
}
