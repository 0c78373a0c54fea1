using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Validation;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>
/// Rules of Events, as in Kubernetes: events with an <c>eventTime</c> are of the newer sort and held to more, and what is written as
/// <c>events.k8s.io</c> to more still.
/// </summary>
internal sealed class EventRules : TypedKindRules<Event>
{
    private const int LongestWord = 128;
    private const int LongestNote = 1024;

    /// <summary>Most bytes of a message of the older sort, for which Kubernetes has no bound.</summary>
    private const int LongestMessage = 32 * 1024;

    /// <summary>The names of <c>events.k8s.io/v1</c>.</summary>
    public static KindConversion Newer { get; } = new RenamedMembers(
        ("involvedObject", "regarding"), ("message", "note"), ("reportingComponent", "reportingController"), ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"), ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"));

    public override void ValidateVersion(KindInfo served, ApiObject document, ApiObject? old, FieldErrors errors)
    {
        if (served.Group.Length == 0) return;
        var (now, before) = ((Event)document, (Event?)old);
        if (before is null)
        {
            CheckSeries(now, errors);
            if (now.EventTime is null) errors.Required("eventTime");
            if (now.Type is null) errors.Invalid("type", "", "has invalid value: ");
            if (now.FirstTimestamp is not null) errors.Invalid("firstTimestamp", "", "needs to be unset");
            if (now.LastTimestamp is not null) errors.Invalid("lastTimestamp", "", "needs to be unset");
            if (now.Count is not (null or 0)) errors.Invalid("count", "", "needs to be unset");
            if (now.Source is { Component.Length: > 0 } or { Host.Length: > 0 }) errors.Invalid("source", "", "needs to be unset");
            return;
        }

        if (now.Series != before.Series) CheckSeries(now, errors);
        errors.Unchanged("involvedObject", now.InvolvedObject, before.InvolvedObject);
        errors.Unchanged("reason", now.Reason, before.Reason);
        errors.Unchanged("message", now.Message, before.Message);
        errors.Unchanged("source", now.Source, before.Source);
        errors.Unchanged("firstTimestamp", now.FirstTimestamp, before.FirstTimestamp);
        errors.Unchanged("lastTimestamp", now.LastTimestamp, before.LastTimestamp);
        errors.Unchanged("count", now.Count, before.Count);
        errors.Unchanged("type", now.Type, before.Type);
        errors.Unchanged("eventTime", now.EventTime, before.EventTime);
        errors.Unchanged("action", now.Action, before.Action);
        errors.Unchanged("related", now.Related, before.Related);
        errors.Unchanged("reportingController", now.ReportingComponent, before.ReportingComponent);
        errors.Unchanged("reportingInstance", now.ReportingInstance, before.ReportingInstance);
    }

    protected override void Validate(Event document, Event? old, FieldErrors errors)
    {
        if (document.InvolvedObject is not { } about) errors.Required("involvedObject");
        else if (!IsWithin(about.Namespace ?? "", document)) errors.Invalid("involvedObject.namespace", about.Namespace, "does not match event.namespace");
        errors.OneOf("type", document.Type, "Normal", "Warning");
        errors.NotLonger("reason", document.Reason, LongestWord);
        errors.NotLonger("action", document.Action, LongestWord);
        errors.NotLonger("reportingInstance", document.ReportingInstance, LongestWord);
        errors.NotLonger("message", document.Message, document.EventTime is null ? LongestMessage : LongestNote);
        if (document.EventTime is null) return;
        if (document.ReportingComponent is not { Length: > 0 } reporter) errors.Required("reportingController");
        else if (Names.QualifiedNameRule(reporter) is { } rule) errors.Invalid("reportingController", reporter, rule);
        if (document.ReportingInstance is not { Length: > 0 }) errors.Required("reportingInstance");
        if (document.Action is not { Length: > 0 }) errors.Required("action");
        if (document.Reason is not { Length: > 0 }) errors.Required("reason");
    }

    // What lives outside of projects has its events in `default`, and newer ones in `kube-system` too.
    private static bool IsWithin(string about, Event document) => (about, document.EventTime) switch
    {
        ({ Length: > 0 }, null) => about == document.Metadata.Namespace,
        ({ Length: > 0 }, _) => true,
        (_, null) => document.Metadata.Namespace == "default",
        _ => document.Metadata.Namespace is "default" or "kube-system",
    };

    private static void CheckSeries(Event document, FieldErrors errors)
    {
        if (document.Series is not { } series) return;
        if (series.Count is not >= 2) errors.Invalid("series.count", "", "should be at least 2");
        if (series.LastObservedTime is null) errors.Required("series.lastObservedTime");
    }
}
