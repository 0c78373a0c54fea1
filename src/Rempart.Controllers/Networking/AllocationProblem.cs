namespace Rempart.Controllers.Networking;

/// <summary>Why an object does not get what it asks for.</summary>
/// <param name="Reason">one CamelCase word for conditions and events.</param>
/// <param name="Message">a sentence that names the field and says what to do.</param>
internal sealed record AllocationProblem(string Reason, string Message);
