using System.CommandLine;
using System.Globalization;
using Rempart.Cli.Terminal;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart console</c>: a machine's serial console in this terminal.</summary>
internal sealed class ConsoleCommand : ApiCommand
{
    internal const string Protocol = "console.rempart.dev";

    private readonly NameArgument<string> _name = new("name", "virtualmachines.compute.rempart.dev") { Description = "machine" };
    private readonly Option<string> _detach = new("--detach-key") { Description = "key that leaves the console, as ^ and a letter or ]", DefaultValueFactory = _ => "^]", HelpName = "key" };

    public ConsoleCommand() : base("console", "Opens a machine's serial console. Ctrl-] leaves it; the session is audited. A serial line has no size: after this terminal was resized, say `stty rows R cols C` in the guest. Example: rempart console first")
    {
        Arguments.Add(_name);
        Options.Add(_detach);
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var name = parse.GetValue(_name)!;
        var key = ConsoleSession.DetachKey(parse.GetValue(_detach)!);
        var type = (await scope.CatalogAsync(cancellationToken)).Find("virtualmachines.compute.rempart.dev");
        using var socket = await scope.Session.ConnectAsync(type.Path(scope.Namespace, name, "console"), Protocol, cancellationToken);
        await scope.Error.WriteLineAsync($"Connected to `{name}`. {parse.GetValue(_detach)} leaves; press Enter for a prompt.");
        using var raw = RawTerminal.Enter();
        if (raw.IsActive && Console.WindowHeight > 0) await scope.Error.WriteAsync(string.Create(CultureInfo.InvariantCulture, $"A serial line has no size: in the guest, `stty rows {Console.WindowHeight} cols {Console.WindowWidth}` tells it this terminal's.\r\n"));
        using var session = new ConsoleSession(socket, key, raw.IsActive);
        var reason = await session.RunAsync(cancellationToken);
        raw.Dispose();
        await scope.Error.WriteLineAsync($"\n{reason}");
        return ExitCode.Ok;
    }
}
