using System.CommandLine;
using System.Reflection;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart version</c>: of this program and of the server.</summary>
internal sealed class VersionCommand : ApiCommand
{
    private readonly Option<bool> _client = new("--client") { Description = "only this program's; asks no server" };

    public VersionCommand() : base("version", "Shows the versions of this program and of the server.")
    {
        Options.Add(_client);
        // Without a server to ask there is no need for a kubeconfig.
        var ask = Action!;
        SetAction(async (parse, cancellationToken) =>
        {
            await parse.InvocationConfiguration.Output.WriteLineAsync("client: " + ClientVersion);
            if (parse.GetValue(_client)) return ExitCode.Ok;
            return await ((System.CommandLine.Invocation.AsynchronousCommandLineAction)ask).InvokeAsync(parse, cancellationToken);
        });
    }

    internal static string ClientVersion { get; } =
        typeof(VersionCommand).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown";

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var version = await scope.Session.GetAsync("/version", null, cancellationToken);
        await scope.Out.WriteLineAsync($"server: {version["gitVersion"]} ({scope.Session.Server.GetLeftPart(UriPartial.Authority)})");
        return ExitCode.Ok;
    }
}
