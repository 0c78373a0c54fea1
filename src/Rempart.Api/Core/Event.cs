using Rempart.Api.Meta;

namespace Rempart.Api.Core;

/// <summary>Something that happened to an object, told to people.</summary>
[ApiKind("", "v1", "events", ShortNames = ["ev"])]
[SelectableField("involvedObject.kind")]
[SelectableField("involvedObject.namespace")]
[SelectableField("involvedObject.name")]
[SelectableField("involvedObject.uid")]
[SelectableField("involvedObject.apiVersion")]
[SelectableField("involvedObject.resourceVersion")]
[SelectableField("involvedObject.fieldPath")]
[SelectableField("reason")]
[SelectableField("reportingComponent")]
[SelectableField("source", ReadFrom = "source.component")]
[SelectableField("type")]
public sealed record Event : ApiObject
{
    /// <summary>The object that this event is about.</summary>
    public ObjectReference? InvolvedObject { get; init; }

    /// <summary>Why, for programs: one CamelCase word.</summary>
    public string? Reason { get; init; }

    /// <summary>What happened, for people.</summary>
    public string? Message { get; init; }

    /// <summary>Who reported it.</summary>
    public EventSource? Source { get; init; }

    /// <summary>When it was first seen.</summary>
    public DateTimeOffset? FirstTimestamp { get; init; }

    /// <summary>When it was last seen.</summary>
    public DateTimeOffset? LastTimestamp { get; init; }

    /// <summary>How often it was seen.</summary>
    public int? Count { get; init; }

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    [OneOf("Normal", "Warning")]
    public string? Type { get; init; }

    /// <summary>When it was first seen, with microseconds.</summary>
    public MicroTime? EventTime { get; init; }

    /// <summary>The series that this event stands for.</summary>
    public EventSeries? Series { get; init; }

    /// <summary>What was done.</summary>
    public string? Action { get; init; }

    /// <summary>A second object concerned.</summary>
    public ObjectReference? Related { get; init; }

    /// <summary>Name of the controller that reported it.</summary>
    public string? ReportingComponent { get; init; }

    /// <summary>Which instance of that controller.</summary>
    public string? ReportingInstance { get; init; }
}
