using Rempart.Telemetry.Traces;

namespace Rempart.Telemetry.Tests.Traces;

public sealed class TraceSettingsTests
{
    [Theory]
    [InlineData("https://collector.example:4318", "https://collector.example:4318/v1/traces")]
    [InlineData("https://collector.example/otlp/", "https://collector.example/otlp/v1/traces")]
    [InlineData("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces")]
    [InlineData("http://[::1]:4318", "http://[::1]:4318/v1/traces")]
    [InlineData("http://localhost:4318", "http://localhost:4318/v1/traces")]
    public void A_collector_is_an_address_and_spans_go_to_its_path(string endpoint, string traces) =>
        Assert.Equal(traces, TraceSettings.Parse(endpoint, null).Traces.AbsoluteUri);

    [Theory]
    [InlineData("http://collector.example:4318", null, "must be https where it leads to another host")]
    [InlineData("http://127.0.0.1.example.org", null, "must be https where it leads to another host")]
    [InlineData("collector", null, "must be an https address")]
    [InlineData("file:///etc/passwd", null, "must be an https address")]
    [InlineData("https://me:word@collector.example", null, "without user")]
    [InlineData("https://collector.example?key=1", null, "without user, query")]
    [InlineData("https://collector.example", "1.5", "from 0 to 1")]
    [InlineData("https://collector.example", "-1", "from 0 to 1")]
    [InlineData("https://collector.example", "NaN", "from 0 to 1")]
    public void What_makes_no_sense_or_would_show_spans_on_a_network_is_refused(string endpoint, string? ratio, string said) =>
        Assert.Contains(said, Assert.Throws<FormatException>(() => TraceSettings.Parse(endpoint, ratio)).Message, StringComparison.Ordinal);
}
