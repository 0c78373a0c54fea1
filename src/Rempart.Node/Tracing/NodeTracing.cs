using System.Diagnostics;
using Rempart.Api.Tracing;

namespace Rempart.Node.Tracing;

/// <summary>Spans of the agent's steps on its host.</summary>
internal static class NodeTracing
{
    public static readonly ActivitySource Source = new(Spans.Prefix + "Node");

    /// <summary>A step of what is traced now; null when nothing is.</summary>
    public static Activity? Step(string name) => Source.Step(name);

    /// <summary>Runs a step that may go on beside others.</summary>
    public static async Task<T> StepAsync<T>(string name, Func<Task<T>> run)
    {
        using var span = Step(name);
        try
        {
            return await run();
        }
        catch (Exception failure)
        {
            span.Fail(failure);
            throw;
        }
    }
}
