namespace Rempart.Server.Tests;

/// <summary>The collection of whatever runs a whole server in the tests' own process: meters are the process's, and of two servers one would tell the other's disks.</summary>
public static class WholeServers
{
    /// <summary>Its name.</summary>
    public const string Name = "whole servers";
}
