using System.Globalization;
using Microsoft.AspNetCore.Http;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Http;

/// <summary>The query parameters of meta/v1 ListOptions, CreateOptions and their like.</summary>
internal sealed class RequestQuery(IQueryCollection query)
{
    public string? LabelSelector => Text("labelSelector");

    public string? FieldSelector => Text("fieldSelector");

    /// <summary>The node that an upload is for; null for any.</summary>
    public string? Node => Text("node");

    public bool Watch => Flag("watch");

    public bool AllowWatchBookmarks => Flag("allowWatchBookmarks");

    /// <summary>Which state of a collection is asked for.</summary>
    public ListVersion Version => new(Text("resourceVersion"), Text("resourceVersionMatch"), Text("continue")) { SendInitialEvents = Text("sendInitialEvents") is null ? null : Flag("sendInitialEvents") };

    public string? ResourceVersion => Text("resourceVersion");

    public string? PropagationPolicy => Text("propagationPolicy");

    public bool? OrphanDependents => Text("orphanDependents") is null ? null : Flag("orphanDependents");

    public bool Verbose => query.ContainsKey("verbose");

    public int? Limit => Number("limit", int.MaxValue) is { } limit and > 0 ? (int)limit : null;

    public long? TimeoutSeconds => Number("timeoutSeconds", 86_400);

    /// <summary>How long the caller waits for the answer, as Go writes it: <c>30s</c>; null when nothing is said.</summary>
    public TimeSpan? Timeout => Text("timeout") is not { } text ? null
        : GoDuration.TryParse(text, out var time) ? (time > TimeSpan.Zero ? time : null) : throw Failures.BadRequest($"invalid timeout specified in the request URL - time: invalid duration \"{text}\"");

    public long? GracePeriodSeconds => Number("gracePeriodSeconds", int.MaxValue);

    public string? IncludeObject => Text("includeObject");

    public bool DryRun => IsDryRun([.. query["dryRun"].Select(v => v ?? "")]);

    /// <summary>Who makes the change, as the caller says; null when it doesn't.</summary>
    public string? FieldManager => Text("fieldManager");

    /// <summary>Whether a server-side apply takes fields from others; null when nothing is said.</summary>
    public bool? Force => Text("force") is null ? null : Flag("force");

    public FieldValidation FieldValidation => Text("fieldValidation") switch
    {
        null or "Strict" => FieldValidation.Strict,
        "Warn" => FieldValidation.Warn,
        "Ignore" => FieldValidation.Ignore,
        var other => throw Failures.BadRequest($"fieldValidation `{other}` is not one of `Strict`, `Warn`, `Ignore`"),
    };

    /// <summary>Whether the values of a dryRun parameter or option ask for a dry run.</summary>
    public static bool IsDryRun(IReadOnlyList<string> values) => values switch
    {
        [] or [""] => false,
        ["All"] => true,
        _ => throw Failures.BadRequest($"dryRun `{string.Join(',', values)}` is not `All`"),
    };

    /// <summary>A parameter's text; null when it is missing or empty.</summary>
    public string? Text(string name) => query.TryGetValue(name, out var values) && values.Count > 0 && !string.IsNullOrEmpty(values[0]) ? values[0] : null;

    private bool Flag(string name) => Text(name) switch
    {
        null or "0" or "false" or "False" => false,
        "1" or "true" or "True" => true,
        var other => throw Failures.BadRequest($"{name} `{other}` is not `true` or `false`"),
    };

    private long? Number(string name, long most)
    {
        if (Text(name) is not { } text) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? Math.Min(number, most)
            : throw Failures.BadRequest($"{name} `{text}` is not a whole number");
    }
}
