using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart approve</c>: says that a template may be used, exactly as it is now.</summary>
internal sealed class ApproveCommand : ApiCommand
{
    private readonly Argument<string> _template = new("template") { Description = "name of the MachineTemplate" };
    private readonly Option<string?> _comment = new("--comment") { Description = "a remark kept with the approval" };
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "don't ask" };

    public ApproveCommand() : base("approve", "Approves a machine template as it is now. Its authors can't; ask a security officer.")
    {
        Arguments.Add(_template);
        Options.Add(_comment);
        Options.Add(_yes);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var catalog = await scope.CatalogAsync(cancellationToken);
        var (templates, approvals) = (catalog.Find("machinetemplates.compute.rempart.dev"), catalog.Find("approvals.security.rempart.dev"));
        var name = parse.GetValue(_template)!;
        var template = await scope.Session.GetAsync(templates.Path(null, name), null, cancellationToken);
        var digest = template["status"]?["digest"]?.ToString() ?? throw new CliException($"template `{name}` has no digest yet: try again in a moment");
        await ShowAsync(scope, template, name, digest);
        if (!parse.GetValue(_yes) && !await ConfirmAsync(scope, cancellationToken)) return ExitCode.Failed;

        var uid = template["metadata"]!["uid"]!.ToString();
        var approval = ApprovalName(name, digest, uid);
        if (await scope.Session.FindAsync(approvals.Path(null, approval), cancellationToken) is { } existing)
        {
            await scope.Out.WriteLineAsync($"{approvals.GroupResource}/{approval} was given already, by `{existing["spec"]?["approver"]}`");
            return ExitCode.Ok;
        }

        var spec = new JsonObject { ["template"] = name, ["templateUid"] = uid, ["digest"] = digest };
        if (parse.GetValue(_comment) is { } comment) spec["comment"] = comment;
        var document = new JsonObject { ["apiVersion"] = approvals.ApiVersion, ["kind"] = approvals.Kind, ["metadata"] = new JsonObject { ["name"] = approval }, ["spec"] = spec };
        var answer = await scope.Session.SendAsync(HttpMethod.Post, approvals.Path(null), document, cancellationToken);
        await scope.Out.WriteLineAsync($"{approvals.GroupResource}/{approval} created by `{answer["spec"]?["approver"]}`");
        return ExitCode.Ok;
    }

    /// <summary>Made of what is approved: saying yes twice is the same approval, and a template made anew with the same content is another.</summary>
    internal static string ApprovalName(string template, string digest, string uid) => $"{template}-{digest.Split(':')[^1][..12]}-{uid[..8]}";

    private static async Task ShowAsync(CommandScope scope, JsonObject template, string name, string digest)
    {
        var spec = template["spec"]!;
        await scope.Error.WriteLineAsync($"template  {name}");
        await scope.Error.WriteLineAsync($"digest    {digest}");
        await scope.Error.WriteLineAsync($"authors   {string.Join(", ", (template["status"]?["authors"] as JsonArray ?? []).Select(a => a!.ToString()))}");
        await scope.Error.WriteLineAsync($"image     {spec["rootDisk"]?["image"]} ({spec["rootDisk"]?["digest"]})");
        await scope.Error.WriteLineAsync($"boot      {spec["boot"]?["firmware"]} {spec["boot"]?["commandLine"]}");
        await scope.Error.WriteLineAsync($"classes   {string.Join(", ", (spec["classes"] as JsonArray ?? []).Select(c => c!.ToString()))}");
    }

    private static async Task<bool> ConfirmAsync(CommandScope scope, CancellationToken cancellationToken)
    {
        if (Console.IsInputRedirected) throw new CliException("nobody is there to ask: give `--yes` to approve without a question", ExitCode.Usage);
        await scope.Error.WriteAsync("Approve it? [y/N] ");
        return (await Console.In.ReadLineAsync(cancellationToken))?.Trim() is "y" or "Y" or "yes";
    }
}
