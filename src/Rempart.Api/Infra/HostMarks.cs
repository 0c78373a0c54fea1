namespace Rempart.Api.Infra;

/// <summary>Names that those who write Hosts and those who read them share.</summary>
public static class HostMarks
{
    /// <summary>Condition of a Host: whether it is as its profile says.</summary>
    public const string ProfileApplied = "ProfileApplied";
}
