namespace Rempart.Protocols.Conmon;

/// <summary>Which output; the values are conmon's own on its attach socket.</summary>
public enum ConmonStream
{
    Stdout = 2,
    Stderr = 3,
}
