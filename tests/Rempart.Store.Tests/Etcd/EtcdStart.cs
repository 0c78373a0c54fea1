using Rempart.Store.Etcd;
using Rempart.Testing.Etcd;

namespace Rempart.Store.Tests.Etcd;

/// <summary>A client begins with any member: a test that lets one fail has to know who works with it.</summary>
internal static class EtcdStart
{
    /// <summary>Opens a store that works with this member.</summary>
    public static async Task<EtcdStore> OpenAsync(EtcdStoreOptions options, EtcdMemberProcess member, CancellationToken cancellationToken)
    {
        for (var i = 0; i < 200; i++)
        {
            var store = await EtcdStore.OpenAsync(options, cancellationToken);
            if (store.Member == member.Client) return store;
            await store.DisposeAsync();
        }

        throw new TimeoutException($"no store begins with `{member.Client}`");
    }
}
