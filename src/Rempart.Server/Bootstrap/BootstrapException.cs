namespace Rempart.Server.Bootstrap;

/// <summary>The data folder can't be made or used. The message says what to do.</summary>
public sealed class BootstrapException : Exception
{
    /// <summary>Says why.</summary>
    /// <param name="message">For people.</param>
    /// <param name="inner">The cause.</param>
    public BootstrapException(string message, Exception? inner = null) : base(message, inner)
    {
    }
}
