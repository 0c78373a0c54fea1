using Rempart.Api.Meta;

namespace Rempart.Runtime.Events;

/// <summary>Tells people what happens to an object, as core/v1 Events. Never waits and never fails: under pressure events are dropped and counted.</summary>
public interface IEventRecorder
{
    /// <param name="about">The object.</param>
    /// <param name="severity">How bad it is.</param>
    /// <param name="reason">One CamelCase word.</param>
    /// <param name="message">A sentence, at most 1024 characters; the rest is cut.</param>
    void Record(ApiObject about, EventSeverity severity, string reason, string message);
}
