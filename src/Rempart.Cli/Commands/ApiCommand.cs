using System.CommandLine;
using Rempart.Api.Meta;

namespace Rempart.Cli.Commands;

/// <summary>A verb that talks to the API server: connects, runs, and turns failures into sentences and exit codes.</summary>
internal abstract class ApiCommand : Command
{
    /// <summary>Declares the verb.</summary>
    /// <param name="name">As typed.</param>
    /// <param name="description">For help.</param>
    protected ApiCommand(string name, string description) : base(name, description) => SetAction(InvokeAsync);

    /// <summary>Does the work.</summary>
    /// <param name="scope">Connection and streams.</param>
    /// <param name="parse">Arguments.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    protected abstract Task<int> RunAsync(CommandScope scope, ParseResult parse, CancellationToken cancellationToken);

    private async Task<int> InvokeAsync(ParseResult parse, CancellationToken cancellationToken)
    {
        try
        {
            using var scope = new CommandScope(parse);
            return await RunAsync(scope, parse, cancellationToken);
        }
        catch (CliException e)
        {
            await parse.InvocationConfiguration.Error.WriteLineAsync("error: " + e.Message);
            return e.ExitCode;
        }
        catch (ApiException e)
        {
            await parse.InvocationConfiguration.Error.WriteLineAsync($"error: {e.Status.Message ?? e.Status.Reason}");
            return e.Code switch { 401 or 403 => ExitCode.Denied, 404 => ExitCode.NotFound, 503 => ExitCode.Unreachable, _ => ExitCode.Failed };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return 130;
        }
        catch (Exception e) when (e is IOException or HttpRequestException or System.Net.WebSockets.WebSocketException)
        {
            await parse.InvocationConfiguration.Error.WriteLineAsync($"error: the connection to the server broke: {e.Message.TrimEnd('.')}");
            return ExitCode.Unreachable;
        }
    }
}
