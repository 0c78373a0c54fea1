using System.CommandLine;
using System.Text.Json.Nodes;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart image create</c>: makes an Image that a node fetches, and waits for it.</summary>
internal sealed class ImageCreateCommand : ApiCommand
{
    private readonly Argument<string> _name = new("name") { Description = "name of the Image" };
    private readonly Option<string> _from = new("--from") { Description = "where a node gets it: https://HOST/PATH, or oci://REGISTRY/REPOSITORY@sha256:… of a container registry", Required = true, HelpName = "url" };
    private readonly Option<string> _digest = new("--digest") { Description = "what the file must be, in a registry the disk itself, not its manifest: sha256: and 64 hexadecimal digits", Required = true, HelpName = "sha256:…" };
    private readonly Option<string?> _authority = new("--certificate-authority") { Description = "name of a certificate authority in the ImageSourcePolicy", HelpName = "name" };
    private readonly ImageOptions _options = new();
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "do not wait until it is there" };
    private readonly Option<int> _timeout = new("--timeout") { Description = "seconds to wait until the image is ready", DefaultValueFactory = _ => 3600 };

    public ImageCreateCommand() : base("create", "Has a node fetch a disk image, a kernel or an initial RAM disk. Example: rempart image create debian-12 --from https://images.example/debian-12.qcow2 --digest sha256:9f86… or --from oci://quay.io/containerdisks/debian:12@sha256:4c1b… --digest sha256:9f86…")
    {
        Arguments.Add(_name);
        foreach (var option in new Option[] { _from, _digest, _authority, _noWait, _timeout }) Options.Add(option);
        _options.AddTo(this);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var name = parse.GetValue(_name)!;
        var type = (await scope.CatalogAsync(cancellationToken)).Find("images.storage.rempart.dev");
        var document = _options.Document(parse, type, name, parse.GetValue(_digest)!);
        var source = new JsonObject { ["url"] = parse.GetValue(_from) };
        if (parse.GetValue(_authority) is { } authority) source["certificateAuthority"] = authority;
        document["spec"]!["source"] = source;
        await scope.Session.SendAsync(HttpMethod.Post, type.Path(null), document, cancellationToken);
        if (!parse.GetValue(_noWait)) await WaitCommand.UntilAsync(scope, type, name, "`Ready`", ImageOptions.Finished, TimeSpan.FromSeconds(parse.GetValue(_timeout)), cancellationToken);
        await scope.Out.WriteLineAsync($"{type.GroupResource}/{name} {(parse.GetValue(_noWait) ? "created" : "is ready")}");
        return ExitCode.Ok;
    }
}
