using System.CommandLine;
using Rempart.Cli.Commands;

namespace Rempart.Cli;

/// <summary>The <c>rempart</c> command line: its verbs, and how parse errors end.</summary>
internal static class RootProgram
{
    /// <summary>All verbs.</summary>
    public static RootCommand Build()
    {
        var root = new RootCommand("Works with a Rempart server: machines, volumes, networks, images, approvals and everything else that its API serves.")
        {
            new GetCommand(), new DescribeCommand(), new ApplyCommand(), new DeleteCommand(), new WatchCommand(), new ExplainCommand(),
            new ApiResourcesCommand(), new ConsoleCommand(), new VmCommand(), new MigrateCommand(), new ImageCommand(), new ApproveCommand(), new NodeCommand(), new HostCommand(),
            new StatusCommand(), new WhyCommand(), new SimulateCommand(), new WaitCommand(), new AuditCommand(), new DebugCommand(), new StoreCommand(), new VersionCommand(), new CompletionCommand(),
        };
        foreach (var option in GlobalOptions.All) root.Options.Add(option);
        return root;
    }

    /// <summary>Runs one command line.</summary>
    /// <param name="args">Arguments.</param>
    /// <param name="cancellationToken">Ends the command.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args, CancellationToken cancellationToken)
    {
        // Its words are another program's, and are handed on as they are.
        if (args is ["store", .. var words]) return await StoreCommand.RunAsync(words, AppContext.BaseDirectory, Environment.GetEnvironmentVariable("PATH") ?? "", Console.Error, cancellationToken);
        var root = Build();
        await NameCompletion.FillAsync(root, args, cancellationToken);
        var parse = root.Parse(args);
        var code = await parse.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromSeconds(2) }, cancellationToken);
        return parse.Errors.Count > 0 ? ExitCode.Usage : code;
    }
}
