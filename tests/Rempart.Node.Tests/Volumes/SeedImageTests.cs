using System.Text.Json;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

public sealed class SeedImageTests
{
    private const string Uid = "6f1b5c1e-6a0f-4d55-9a55-000000000001";

    [Fact]
    [Trait("level", "real")]
    public async Task A_key_with_line_breaks_and_quotes_stays_one_value()
    {
        using var pool = new PoolFixture();
        var key = "ssh-ed25519 AAAA \"\nruncmd: [reboot]\n";
        var seed = new Seed { InstanceId = Uid, Hostname = "first", SshAuthorizedKeys = [key], UserData = "#cloud-config\nhostname: é\n", Macs = ["52:54:00:00:00:01", "52:54:00:00:00:02"] };

        using var file = new SeedFiles(pool.Pool).Open(seed);

        var path = Path.Combine(pool.Pool.Seeds, Uid + ".iso");
        using var meta = JsonDocument.Parse(await Programs.OutputAsync("isoinfo", "-J", "-i", path, "-x", "/meta-data"));
        Assert.Equal("first", meta.RootElement.GetProperty("local-hostname").GetString());
        Assert.Equal(Uid, meta.RootElement.GetProperty("instance-id").GetString());
        Assert.Equal(key, Assert.Single(meta.RootElement.GetProperty("public-keys").EnumerateArray()).GetString());
        using var network = JsonDocument.Parse(await Programs.OutputAsync("isoinfo", "-J", "-i", path, "-x", "/network-config"));
        Assert.Equal("52:54:00:00:00:02", network.RootElement.GetProperty("ethernets").GetProperty("nic1").GetProperty("match").GetProperty("macaddress").GetString());
        Assert.Equal(seed.UserData, await Programs.OutputAsync("isoinfo", "-J", "-i", path, "-x", "/user-data"));
        Assert.Throws<UnauthorizedAccessException>(() => RandomAccess.Write(file, new byte[1], 0));
    }

    [Fact]
    public void User_data_is_bounded()
    {
        var refused = Assert.Throws<VolumeException>(() => SeedImage.Write(new Seed { InstanceId = Uid, Hostname = "a", UserData = new string('é', SeedImage.MaxUserData) }));
        Assert.Equal(VolumeFault.Refused, refused.Fault);
    }

    [Fact]
    public void A_deleted_seed_leaves_nothing_and_can_be_deleted_again()
    {
        using var pool = new PoolFixture();
        var seeds = new SeedFiles(pool.Pool);
        seeds.Open(new Seed { InstanceId = Uid, Hostname = "a" }).Dispose();

        seeds.Delete(Uid);
        seeds.Delete(Uid);

        Assert.Empty(pool.Left);
        Assert.Throws<VolumeException>(() => seeds.Delete("../../etc/passwd"));
    }
}
