using System.Globalization;
using System.Text;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

/// <summary>Runs the tool without a jail, on files that these tests made; it reaches the descriptors through this process.</summary>
internal sealed class UnjailedTool : IJailedTool
{
    internal List<string> Runs { get; } = [];

    public async Task<JailedToolResult> RunAsync(JailedToolRun run, CancellationToken cancellationToken)
    {
        var arguments = run.Arguments.ToArray();
        for (var index = 0; index < run.Files.Count; index++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"/proc/{Environment.ProcessId}/fd/{run.Files[index].DangerousGetHandle()}");
            arguments = [.. arguments.Select(argument => argument.Replace(JailedToolRun.PathOf(index), path, StringComparison.Ordinal))];
        }
        Runs.Add(string.Join(' ', run.Arguments));
        var (code, output, errors) = await Programs.RunAsync(run.Program, arguments);
        return new JailedToolResult(code, Encoding.UTF8.GetString(output) + errors);
    }
}
