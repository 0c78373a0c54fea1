using Microsoft.Extensions.Logging;
using Rempart.Node.Agent;
using Rempart.Node.Names;
using Rempart.Node.Networks;

switch (args)
{
    case ["network", ..]:
        return await NetworkCommand.RunAsync(args[1..], CancellationToken.None);
    case ["names", ..]:
        using (var logging = Logging())
        {
            return await NameCommand.RunAsync(args[1..], logging);
        }
    case ["machines", "stop", ..]:
        return await StopMachinesCommand.RunAsync(args[2..], TimeProvider.System, CancellationToken.None);
    case ["run", ..]:
        using (var logging = Logging())
        {
            try
            {
                return await new RunCommand(RunOptions.Parse(args[1..], Environment.MachineName), TimeProvider.System, logging).RunAsync();
            }
            catch (AgentException problem)
            {
                await Console.Error.WriteLineAsync($"rempart-node: {problem.Message}");
                return 1;
            }
        }
    default:
        await Console.Error.WriteLineAsync(RunOptions.Usage);
        return 2;
}

static ILoggerFactory Logging() => LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Information)
    .AddFilter("Microsoft", LogLevel.Warning)
    .AddSimpleConsole(console => (console.SingleLine, console.TimestampFormat, console.UseUtcTimestamp) = (true, "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ", true)));
