using Rempart.Api.Core;
using Rempart.Api.Meta;

namespace Rempart.Api.Events;

/// <summary>Something that happened to an object, told to people: the objects of core/v1 Event under their newer names.</summary>
[ApiKind("events.k8s.io", "v1", "events", ShortNames = ["ev"])]
[SelectableField("regarding.kind")]
[SelectableField("regarding.namespace")]
[SelectableField("regarding.name")]
[SelectableField("regarding.uid")]
[SelectableField("regarding.apiVersion")]
[SelectableField("regarding.resourceVersion")]
[SelectableField("regarding.fieldPath")]
[SelectableField("reason")]
[SelectableField("reportingController")]
[SelectableField("type")]
public sealed record Event : ApiObject
{
    /// <summary>When it was first seen, with microseconds. Required in new events.</summary>
    public MicroTime? EventTime { get; init; }

    /// <summary>The series that this event stands for.</summary>
    public EventSeries? Series { get; init; }

    /// <summary>Name of the controller that reported it, such as <c>example.com/scheduler</c>.</summary>
    public string? ReportingController { get; init; }

    /// <summary>Which instance of that controller.</summary>
    public string? ReportingInstance { get; init; }

    /// <summary>What was done, for programs: one CamelCase word.</summary>
    public string? Action { get; init; }

    /// <summary>Why, for programs: one CamelCase word.</summary>
    public string? Reason { get; init; }

    /// <summary>The object that this event is about.</summary>
    public ObjectReference? Regarding { get; init; }

    /// <summary>A second object concerned.</summary>
    public ObjectReference? Related { get; init; }

    /// <summary>What happened, for people.</summary>
    public string? Note { get; init; }

    /// <summary><c>Normal</c> or <c>Warning</c>.</summary>
    [OneOf("Normal", "Warning")]
    public string? Type { get; init; }

    /// <summary>Who reported it, in events that were written as core/v1.</summary>
    public EventSource? DeprecatedSource { get; init; }

    /// <summary>When it was first seen, in events that were written as core/v1.</summary>
    public DateTimeOffset? DeprecatedFirstTimestamp { get; init; }

    /// <summary>When it was last seen, in events that were written as core/v1.</summary>
    public DateTimeOffset? DeprecatedLastTimestamp { get; init; }

    /// <summary>How often it was seen, in events that were written as core/v1.</summary>
    public int? DeprecatedCount { get; init; }
}
