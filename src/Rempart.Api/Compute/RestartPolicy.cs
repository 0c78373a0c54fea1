namespace Rempart.Api.Compute;

/// <summary>Values of <see cref="VirtualMachineSpec.RestartPolicy"/>.</summary>
public static class RestartPolicy
{
    /// <summary>Start again whatever the reason of the end.</summary>
    public const string Always = "Always";

    /// <summary>Start again unless the guest shut itself down.</summary>
    public const string OnFailure = "OnFailure";

    /// <summary>Never start again by itself.</summary>
    public const string Never = "Never";
}
