using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Rempart.Node.Agent;
using Rempart.Node.Names;
using Rempart.Node.Networks;
using Rempart.Telemetry.Logs;

LogSettings logs;
try
{
    (logs, args) = LogSettings.Take(args, isTerminal: !Console.IsOutputRedirected);
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync($"rempart-node: {wrong.Message}");
    return 2;
}
switch (args)
{
    case ["network", ..]:
        return await NetworkCommand.RunAsync(args[1..], CancellationToken.None);
    case ["names", ..]:
        using (var logging = logs.CreateFactory())
        {
            return await NameCommand.RunAsync(args[1..], logging);
        }
    case ["machines", "stop", ..]:
        return await StopMachinesCommand.RunAsync(args[2..], TimeProvider.System, CancellationToken.None);
    case ["run" or "join", ..]:
        using (var logging = logs.CreateFactory())
        {
            try
            {
                return args[0] == "join" ? await JoinAsync(args[1..], logging)
                    : await new RunCommand(RunOptions.Parse(args[1..], Environment.MachineName), TimeProvider.System, logging).RunAsync();
            }
            // What the host's own files say wrong, or what it can't read or write: a sentence and not a stack. Each names its file.
            catch (Exception problem) when (problem is AgentException or NetworkSetupException or IOException or UnauthorizedAccessException or JsonException or CryptographicException)
            {
                await Console.Error.WriteLineAsync($"rempart-node: {problem.Message}");
                return 1;
            }
        }
    default:
        await Console.Error.WriteLineAsync($"{RunOptions.Usage}\n{JoinOptions.Usage}");
        return 2;
}

static async Task<int> JoinAsync(string[] arguments, ILoggerFactory logging)
{
    var options = JoinOptions.Parse(arguments, Environment.MachineName);
    var token = options.Token ?? JoinOptions.ReadToken(await Console.In.ReadLineAsync() ?? "");
    await new JoinCommand(options, TimeProvider.System, logging).RunAsync(token, CancellationToken.None);
    Console.WriteLine($"node `{options.NodeName}` has joined; start it: rempart-node run --data {options.DataFolder} --server {options.Server.GetLeftPart(UriPartial.Authority)} --name {options.NodeName}");
    return 0;
}
