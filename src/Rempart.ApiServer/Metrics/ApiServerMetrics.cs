namespace Rempart.ApiServer.Metrics;

/// <summary>What the API server tells of itself.</summary>
public static class ApiServerMetrics
{
    /// <summary>Name of its meter in <see cref="System.Diagnostics.Metrics"/>.</summary>
    public const string Meter = "Rempart.ApiServer";
}
