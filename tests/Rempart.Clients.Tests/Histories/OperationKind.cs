namespace Rempart.Clients.Tests.Histories;

/// <summary>What a client asked for.</summary>
public enum OperationKind
{
    Create,
    Update,
    Delete,
    Read,
}
