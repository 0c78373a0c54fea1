using Rempart.ApiServer.Watch;

namespace Rempart.ApiServer.Registry;

/// <summary>Is told of each change of a kind in the order of commits.</summary>
internal interface ICacheObserver
{
    void Tell(CacheEvent change);
}
