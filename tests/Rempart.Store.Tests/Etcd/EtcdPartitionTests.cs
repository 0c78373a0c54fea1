using Rempart.Protocols.Etcd;
using Rempart.Testing.Etcd;

namespace Rempart.Store.Tests.Etcd;

/// <summary>A member of a real cluster is cut off from the others, though its clients reach it, while writers write and a follower follows.</summary>
[Trait("level", "real")]
public sealed class EtcdPartitionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_member_is_cut_off_and_joined_again(bool isLeader)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "not root");
        await using var cluster = await EtcdCluster.StartApartAsync(3, Stop);
        await using var work = new EtcdWorkload(cluster, "cut");
        await work.StartAsync();
        for (var round = 0; round < 2; round++)
        {
            var leader = await cluster.ServesAsync(Stop);
            var member = isLeader ? leader : cluster.Members.First(each => each != leader);
            cluster.Cut(member, isCut: true);
            // Also those who worked with it go on, with another: it knows no leader any more.
            await work.AdvanceAsync(400);
            using var there = cluster.Connect(member.Client);
            await Assert.ThrowsAsync<EtcdException>(() => there.RangeAsync(new EtcdRange("/x", End: null), EtcdClient.AnswerBytes, Stop));
            cluster.Cut(member, isCut: false);
            await work.AdvanceAsync(100);
        }

        await work.CheckAsync();
    }
}
