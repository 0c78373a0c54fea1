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
/// <c>rempart audit verify</c>: follows the chain of an audit folder and compares it with the checkpoints that the store keeps,
/// or with those of a file (<c>--anchor</c>) that was taken away before.
/// </summary>
internal sealed class AuditVerifyCommand : ApiCommand
{
    private readonly Option<string?> _folder = new("--folder") { Description = "folder of the trail; default: `server/audit` beside the kubeconfig", HelpName = "path" };
    private readonly Option<string?> _anchor = new("--anchor") { Description = "file with checkpoints, one a line, instead of those in the store", HelpName = "path" };
    private readonly Option<string?> _key = new("--key") { Description = "public key of the checkpoints in PEM; needed with --anchor, else from the store", HelpName = "path" };

    public AuditVerifyCommand() : base("verify", "Checks that no audit record was edited, removed, added, moved or cut. Example: rempart audit verify --folder .rempart/server/audit")
    {
        foreach (var option in new Option[] { _folder, _anchor, _key }) Options.Add(option);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var folder = parse.GetValue(_folder) ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(KubeconfigFile.FindPath(parse.GetValue(GlobalOptions.Kubeconfig))))!, "server", "audit");
        if (!Directory.Exists(folder)) throw new CliException($"there is no folder `{folder}`: give `--folder PATH` (it belongs to the server's user; root can read it)", ExitCode.NotFound);
        var (checkpoints, key) = parse.GetValue(_anchor) is { } anchor ? ReadAnchor(anchor, parse.GetValue(_key)) : await FetchAsync(scope, cancellationToken);
        using (key)
        {
            var verifier = new AuditVerifier(checkpoints, key);
            await using (var progress = Waiting.Start(scope.Error, "verifying"))
            {
                foreach (var file in AuditFolder.Files(folder)) Follow(verifier, file, progress, cancellationToken);
            }

            if (verifier.Finish() is { } fault)
            {
                await scope.Error.WriteLineAsync($"BROKEN: {fault.Message}");
                return ExitCode.Broken;
            }

            await scope.Out.WriteLineAsync($"{verifier.Records} records, unbroken; a checkpoint vouches for {verifier.Vouched} of them");
            return ExitCode.Ok;
        }
    }

    private static void Follow(AuditVerifier verifier, string file, Waiting progress, CancellationToken cancellationToken)
    {
        progress.Say($"verifying {Path.GetFileName(file)}");
        foreach (var line in AuditFolder.Lines(file))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (!verifier.Add(line.Span)) return;
        }
    }

    private static (IReadOnlyList<AuditCheckpoint> Checkpoints, ECDsa Key) ReadAnchor(string anchor, string? key)
    {
        if (key is null) throw new CliException("`--anchor` needs `--key`: the public key of the server that signed the checkpoints", ExitCode.Usage);
        try
        {
            return ([.. File.ReadLines(anchor).Where(l => l.Length > 0).Select(l => AuditCheckpoint.FromJson(Encoding.UTF8.GetBytes(l)))], ReadKey(File.ReadAllText(key)));
        }
        catch (Exception e) when (e is JsonException or CryptographicException or ArgumentException)
        {
            throw new CliException($"`{anchor}` or `{key}` can't be read: {e.Message}", ExitCode.Usage);
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
