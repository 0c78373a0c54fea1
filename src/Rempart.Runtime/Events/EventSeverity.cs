namespace Rempart.Runtime.Events;

/// <summary>The <c>type</c> of an event.</summary>
public enum EventSeverity
{
    Normal,
    Warning,
}
