namespace Rempart.Clients.Tests.Histories;

/// <summary>What the model holds of one object: a register that can be empty.</summary>
/// <param name="Present">Whether there is one.</param>
/// <param name="Value">What was written last.</param>
/// <param name="Version">Its version; 0 while nobody has heard it, after a write of unknown outcome.</param>
public readonly record struct Register(bool Present, int Value, long Version)
{
    /// <summary>The register behind an operation; null when the operation can't have had its outcome here.</summary>
    public Register? After(Operation operation) => operation.Kind switch
    {
        OperationKind.Read => Read(operation),
        OperationKind.Create => Create(operation),
        OperationKind.Update => Update(operation),
        _ => Delete(operation),
    };

    private bool Matches(long version) => version == 0 || Version == 0 || Version == version;

    private Register? Read(Operation operation) => operation.Outcome switch
    {
        Outcome.Missing => Present ? null : this,
        _ => Present && Value == operation.Value && Matches(operation.Version) ? this with { Version = operation.Version } : null,
    };

    private Register? Create(Operation operation) => operation.Outcome switch
    {
        Outcome.Exists => Present ? this : null,
        _ when Present => null,
        Outcome.Unknown => new Register(true, operation.Value, 0),
        Outcome.Done => new Register(true, operation.Value, operation.Version),
        _ => null,
    };

    private Register? Update(Operation operation) => operation.Outcome switch
    {
        Outcome.Missing => Present ? null : this,
        Outcome.Conflict => Refused(operation),
        _ when !Present || !Matches(operation.Expected) => null,
        Outcome.Unknown => new Register(true, operation.Value, 0),
        // Versions rise with each write.
        Outcome.Done when Version == 0 || operation.Version > Version => new Register(true, operation.Value, operation.Version),
        _ => null,
    };

    private Register? Delete(Operation operation) => operation.Outcome switch
    {
        Outcome.Missing => Present ? null : this,
        Outcome.Conflict => Refused(operation),
        _ when !Present || !Matches(operation.Expected) => null,
        _ => default(Register),
    };

    // A conflict says that another version is there than was meant; without one, only that there were too many others.
    private Register? Refused(Operation operation) => operation.Expected == 0 || (Present && (Version == 0 || Version != operation.Expected)) ? this : null;
}
