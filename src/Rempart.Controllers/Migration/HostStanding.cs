namespace Rempart.Controllers.Migration;

/// <summary>How a host stands.</summary>
internal enum HostStanding
{
    /// <summary>Its agent gives signs of life and says that it is ready.</summary>
    Ready,

    /// <summary>It gives no signs of life, or says that it is not ready.</summary>
    Lost,

    /// <summary>It is not in the cluster.</summary>
    Gone,
}
