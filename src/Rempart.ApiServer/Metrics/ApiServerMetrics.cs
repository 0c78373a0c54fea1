namespace Rempart.ApiServer.Metrics;

/// <summary>What the API server tells of itself.</summary>
public static class ApiServerMetrics
{
    /// <summary>Name of its meter in <see cref="System.Diagnostics.Metrics"/>.</summary>
    public const string Meter = "Rempart.ApiServer";

    /// <summary>Media type of Prometheus' text format, without which Prometheus 3 has to guess.</summary>
    internal const string TextType = "text/plain; version=0.0.4; charset=utf-8";
}
