using System.CommandLine;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Rempart.Api.Meta;
using Rempart.Cli.Output;
using Rempart.Cli.Resources;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart image upload</c>: makes an Image of a file and sends its bytes; again for the same file does nothing, or gives a copy to the nodes that are named and have none.</summary>
internal sealed class ImageUploadCommand : ApiCommand
{
    private const int SendAttempts = 16;

    private readonly Argument<string> _name = new("name") { Description = "name of the Image" };
    private readonly Option<FileInfo> _file = new("--file", "-f") { Description = "file to send", Required = true, HelpName = "path" };
    private readonly Option<string[]> _nodes = new("--node") { Description = "node that is to have it; again for more of them (default: one that the server chooses)", HelpName = "name" };
    private readonly ImageOptions _options = new();
    private readonly Option<int> _timeout = new("--timeout") { Description = "seconds to wait until the image is ready", DefaultValueFactory = _ => 600 };

    public ImageUploadCommand() : base("upload", "Uploads a disk image, a kernel or an initial RAM disk. Example: rempart image upload debian-12 --file debian-12.qcow2")
    {
        Arguments.Add(_name);
        Options.Add(_file);
        Options.Add(_nodes);
        _options.AddTo(this);
        Options.Add(_timeout);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var file = parse.GetValue(_file)!;
        if (!file.Exists) throw new CliException($"there is no file `{file}`", ExitCode.NotFound);
        var name = parse.GetValue(_name)!;
        var type = (await scope.CatalogAsync(cancellationToken)).Find("images.storage.rempart.dev");
        var digest = await DigestAsync(scope, file, cancellationToken);
        var image = await scope.Session.FindAsync(type.Path(null, name), cancellationToken)
            ?? await scope.Session.SendAsync(HttpMethod.Post, type.Path(null), _options.Document(parse, type, name, digest), cancellationToken);
        if (image["spec"]?["digest"]?.ToString() != digest)
            throw new CliException($"image `{name}` exists with digest `{image["spec"]?["digest"]}`, and `{file.Name}` has `{digest}`: images can't change, choose another name");
        var missing = Missing(image, parse.GetValue(_nodes) ?? []);
        if (missing.Count == 0)
        {
            await scope.Out.WriteLineAsync($"{type.GroupResource}/{name} is there already");
            return ExitCode.Ok;
        }

        foreach (var node in missing) await SendAsync(scope, type, name, node, file, cancellationToken);
        await WaitCommand.UntilAsync(scope, type, name, "`Ready`", ImageOptions.Finished, TimeSpan.FromSeconds(parse.GetValue(_timeout)), cancellationToken);
        await scope.Out.WriteLineAsync($"{type.GroupResource}/{name} uploaded ({digest})");
        return ExitCode.Ok;
    }

    // One null stands for a node that the server chooses.
    private static IReadOnlyList<string?> Missing(JsonObject image, string[] nodes)
    {
        var isReady = ImageOptions.Phase(image) == "Ready";
        if (nodes.Length == 0) return isReady ? [] : [null];
        return [.. nodes.Distinct(StringComparer.Ordinal).Where(node => !isReady || (image["status"]?["nodes"] as JsonArray)?.Any(holder => holder?.ToString() == node) != true)];
    }

    private static async Task<string> DigestAsync(CommandScope scope, FileInfo file, CancellationToken cancellationToken)
    {
        await using var stream = file.OpenRead();
        await using var counted = new TransferProgress(stream, file.Length, "reading", scope.Error);
        return "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(counted, cancellationToken));
    }

    private static async Task SendAsync(CommandScope scope, ResourceType type, string name, string? node, FileInfo file, CancellationToken cancellationToken)
    {
        // A node that has just been restarted dials in within seconds; until then the server answers 503.
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await SendOnceAsync(scope, type, name, node, file, cancellationToken);
                return;
            }
            catch (ApiException e) when (e.Code == 503 && attempt < SendAttempts)
            {
                await using var waiting = Waiting.Start(scope.Error, e.Status.Message ?? "the server is not ready for the upload");
                await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
            }
        }
    }

    private static async Task SendOnceAsync(CommandScope scope, ResourceType type, string name, string? node, FileInfo file, CancellationToken cancellationToken)
    {
        await using var stream = file.OpenRead();
        await using var counted = new TransferProgress(stream, file.Length, "uploading", scope.Error);
        using var content = new StreamContent(counted, 256 * 1024);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        content.Headers.ContentLength = file.Length;
        using var response = await scope.Session.OpenAsync(HttpMethod.Put, type.Path(null, name, "upload") + (node is null ? "" : $"?node={Uri.EscapeDataString(node)}"), content, null, cancellationToken);
    }
}
