using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rempart.Api.Audit;
using Rempart.Cli.Kubeconfig;
using Rempart.Cli.Output;

namespace Rempart.Cli.Commands;

/// <summary>
/// <c>rempart audit verify</c>: follows the chain of an audit folder and compares it with the checkpoints that the store keeps and
/// with those that a node keeps, which the server's user can't write (<c>--anchor</c>; that of this host without being told).
/// </summary>
internal sealed class AuditVerifyCommand : ApiCommand
{
    private readonly Option<string?> _folder = new("--folder") { Description = "folder of the trail; default: `server/audit` beside the kubeconfig", HelpName = "path" };
    private readonly Option<string?> _anchor = new("--anchor")
    {
        Description = "a node's folder of witnessed checkpoints (`node/audit`), or a copy of it; default: the one beside the kubeconfig, if it can be read", HelpName = "path",
    };
    private readonly Option<bool> _offline = new("--offline") { Description = "ask no server: only the folder and the anchor count" };

    public AuditVerifyCommand() : base("verify", "Checks that no audit record was edited, removed, added, moved or cut. Example: rempart audit verify --anchor /mnt/copy-of-node-1/audit --offline")
    {
        foreach (var option in new Option[] { _folder, _anchor, _offline }) Options.Add(option);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var folder = parse.GetValue(_folder) ?? Beside(parse, "server");
        if (!Directory.Exists(folder)) throw new CliException($"there is no folder `{folder}`: give `--folder PATH` (it belongs to the server's user; root can read it)", ExitCode.NotFound);
        var anchor = ReadAnchor(parse.GetValue(_anchor), Beside(parse, "node"));
        if (parse.GetValue(_offline) && anchor is null) throw new CliException("`--offline` needs an anchor: give `--anchor PATH`, a node's folder of witnessed checkpoints", ExitCode.Usage);
        (IReadOnlyList<AuditCheckpoint> Checkpoints, ECDsa Key)? stored = null;
        if (!parse.GetValue(_offline)) stored = await FetchAsync(scope, cancellationToken);

        // Both walk the whole trail: what the node saw must hold whatever key the server shows today.
        List<AuditKeeper> keepers = [];
        if (stored is { } s) keepers.Add(new AuditKeeper("the store", new AuditVerifier(s.Checkpoints, s.Key)));
        if (anchor is { } a) keepers.Add(new AuditKeeper("the node", new AuditVerifier(a.Checkpoints, a.Key)));
        try
        {
            await using (var progress = Waiting.Start(scope.Error, "verifying"))
            {
                foreach (var file in AuditFolder.Files(folder)) Follow(keepers, file, progress, cancellationToken);
            }

            if (await TellAsync(keepers, folder, scope.Error)) return ExitCode.Broken;
            var vouched = string.Join(", ", keepers.Select(keeper => $"{keeper.Name} vouches for {keeper.Verifier.Vouched}"));
            await scope.Out.WriteLineAsync($"{keepers[0].Verifier.Records} records, unbroken; {vouched}");
            return ExitCode.Ok;
        }
        finally
        {
            stored?.Key.Dispose();
            anchor?.Key.Dispose();
        }
    }

    private static string Beside(ParseResult parse, string part) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(KubeconfigFile.FindPath(parse.GetValue(GlobalOptions.Kubeconfig))))!, part, "audit");

    private static void Follow(IReadOnlyList<AuditKeeper> keepers, string file, Waiting progress, CancellationToken cancellationToken)
    {
        progress.Say($"verifying {Path.GetFileName(file)}");
        var number = 0;
        foreach (var line in AuditFolder.Lines(EvidenceFile.Open(file)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!AuditKeeper.Show(keepers, line.Span, Path.GetFileName(file), ++number)) return;
        }
    }

    /// <summary>Says what is wrong, where it shows and what to do; false if nothing is.</summary>
    private static async Task<bool> TellAsync(IReadOnlyList<AuditKeeper> keepers, string folder, TextWriter output)
    {
        var faults = keepers.Select(keeper => (keeper.Name, keeper.Place, Fault: keeper.Verifier.Finish())).Where(keeper => keeper.Fault is not null).ToList();
        foreach (var (name, place, fault) in faults)
        {
            var shown = fault!.Kind is AuditFaultKind.ForgedCheckpoint ? "it was edited, or made with another key"
                : (fault.Kind is AuditFaultKind.Cut ? "its end is " : "it shows at ") + (place ?? "no line at all");
            await output.WriteLineAsync($"BROKEN (by what {name} keeps): {fault.Message}; {shown}");
        }

        if (faults.Count == 0) return false;
        if (AuditFolder.Lost(folder) is [var first, ..] lost)
        {
            await output.WriteLineAsync($"not there: `{first}`{(lost.Count > 1 ? $" and {lost.Count - 1} more" : "")}; if it was archived, bring it back and verify again");
        }

        await output.WriteLineAsync($"keep copies of `{folder}`, of the store and of each node's `node/audit` as they are now: they are the evidence. Records before the first that is named are good; compare those from it on with your last copy of the trail");
        return true;
    }

    /// <summary>What a node kept; null when none was named and there is none here that could be read.</summary>
    private static (IReadOnlyList<AuditCheckpoint> Checkpoints, ECDsa Key)? ReadAnchor(string? named, string beside)
    {
        var folder = named ?? beside;
        var (checkpoints, key) = (Path.Combine(folder, "checkpoints"), Path.Combine(folder, "key.pem"));
        if (named is null && !(File.Exists(checkpoints) && File.Exists(key))) return null;
        try
        {
            return ([.. WitnessedCheckpoint.ReadFile(checkpoints, EvidenceFile.ReadAll(checkpoints)).Select(witnessed => witnessed.Checkpoint)], ReadKey(Encoding.UTF8.GetString(EvidenceFile.ReadAll(key))));
        }
        catch (Exception e) when (e is JsonException or CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new CliException($"the anchor `{folder}` can't be read: {e.Message}", ExitCode.Usage);
        }
    }

    private static async Task<(IReadOnlyList<AuditCheckpoint> Checkpoints, ECDsa Key)> FetchAsync(CommandScope scope, CancellationToken cancellationToken)
    {
        var document = await scope.Session.GetAsync("/audit/checkpoints", null, cancellationToken);
        var key = document["publicKey"]?.ToString() ?? throw new CliException("the server's answer holds no key");
        return ([.. (document["checkpoints"] as JsonArray ?? []).Select(c => AuditCheckpoint.FromJson(Encoding.UTF8.GetBytes(c!.ToJsonString())))], ReadKey(key));
    }

    private static ECDsa ReadKey(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key;
    }
}
