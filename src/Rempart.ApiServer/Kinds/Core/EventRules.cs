using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Kinds.Core;

/// <summary>Rules of Events.</summary>
internal sealed class EventRules : TypedKindRules<Event>
{
    protected override void Validate(Event document, Event? old, FieldErrors errors)
    {
        if (document.InvolvedObject is not { } about) errors.Required("involvedObject");
        else if ((about.Namespace ?? "default") != document.Metadata.Namespace) errors.Invalid("involvedObject.namespace", about.Namespace, "does not match event.namespace");
        errors.OneOf("type", document.Type, "Normal", "Warning");
        errors.NotLonger("message", document.Message, 1024);
        errors.NotLonger("reason", document.Reason, 128);
        errors.NotLonger("action", document.Action, 128);
    }
}
