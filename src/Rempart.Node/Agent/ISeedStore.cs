using Microsoft.Win32.SafeHandles;
using Rempart.Node.Volumes;

namespace Rempart.Node.Agent;

/// <summary>Where the first-boot data of machines is kept.</summary>
internal interface ISeedStore
{
    /// <summary>Writes a seed and opens it read-only; the caller owns the descriptor.</summary>
    SafeFileHandle Open(Seed seed);

    /// <summary>Removes a machine's seed; none is no error.</summary>
    void Delete(string uid);
}
