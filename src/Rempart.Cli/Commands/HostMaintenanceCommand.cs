using System.CommandLine;

namespace Rempart.Cli.Commands;

/// <summary><c>rempart host maintenance</c>: empties a host by live migration, lets it go again, or does so with all hosts in turn.</summary>
internal sealed class HostMaintenanceCommand : ApiCommand
{
    private readonly NameArgument<string?> _host = new("host", "nodes") { Description = "host to empty", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<int?> _parallel = new("--parallel") { Description = "machines that move at once, 1 to 16 (2)", HelpName = "n" };
    private readonly Option<bool> _leave = new("--leave") { Description = "end the maintenance: the host takes machines again" };
    private readonly Option<int> _timeout = new("--timeout") { Description = "seconds to wait until the host is empty, or well again", DefaultValueFactory = _ => 3600 };
    private readonly Option<bool> _noWait = new("--no-wait") { Description = "begin and don't wait" };
    private readonly Option<bool> _rolling = new("--rolling") { Description = "all hosts, one after the other, with a look at the cluster's health between; stops at the first failure" };
    private readonly Option<string?> _run = new("--run") { Description = "with --rolling: program that is started with the host's name while the host is empty; an exit code other than 0 stops", HelpName = "program" };

    public HostMaintenanceCommand() : base("maintenance", "Empties a host by moving its machines away. Example: rempart host maintenance host2")
    {
        Arguments.Add(_host);
        Options.Add(_parallel);
        Options.Add(_leave);
        Options.Add(_timeout);
        Options.Add(_noWait);
        Options.Add(_rolling);
        Options.Add(_run);
        Validators.Add(result =>
        {
            var (host, rolling) = (result.GetValue(_host), result.GetValue(_rolling));
            if (rolling == host is not null) result.AddError("name one host, or give `--rolling` for all of them");
            if (rolling && (result.GetValue(_leave) || result.GetValue(_noWait))) result.AddError("`--rolling` enters and leaves by itself: leave out `--leave` and `--no-wait`");
            if (!rolling && result.GetValue(_run) is not null) result.AddError("`--run` goes with `--rolling`");
        });
    }

    protected override async Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken)
    {
        var steps = new MaintenanceSteps(scope, await scope.CatalogAsync(cancellationToken), parse.GetValue(_parallel), TimeSpan.FromSeconds(parse.GetValue(_timeout)));
        if (parse.GetValue(_rolling)) return await new RollingMaintenance(scope, steps, parse.GetValue(_run)).RunAsync(cancellationToken);
        var host = parse.GetValue(_host)!;
        if (parse.GetValue(_leave))
        {
            await steps.LeaveAsync(host, !parse.GetValue(_noWait), cancellationToken);
            await scope.Out.WriteLineAsync($"host/{host} takes machines again");
            return ExitCode.Ok;
        }

        await steps.EnterAsync(host, cancellationToken);
        if (parse.GetValue(_noWait))
        {
            await scope.Out.WriteLineAsync($"host/{host} is being emptied: see `rempart get hm {host}`");
            return ExitCode.Ok;
        }

        await scope.Out.WriteLineAsync($"host/{host} is in maintenance: {await steps.DrainedAsync(host, cancellationToken)}");
        return ExitCode.Ok;
    }
}
