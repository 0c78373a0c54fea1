using Rempart.Api.Infra;
using Rempart.Api.Meta;
using Rempart.Policy.Migrations;

namespace Rempart.Policy.Tests.Migrations;

public sealed class HostFitTests
{
    [Fact]
    public void A_guest_goes_where_all_is_that_it_may_use()
    {
        Assert.Null(HostFit.Obstacle("kvm", Host("GenuineIntel", "fpu avx2"), Host("GenuineIntel", "avx2 fpu avx512f"), "kvm"));
        Assert.Equal("lacks the processor's flags `avx512f`, `amx_tile`, which the guest may use", HostFit.Obstacle("kvm", Host("GenuineIntel", "fpu avx512f amx_tile"), Host("GenuineIntel", "fpu"), null));
        Assert.Equal("lacks the processor's flags `a`, `b`, `c`, `d`, `e` and 2 more, which the guest may use", HostFit.Obstacle("kvm", Host("GenuineIntel", "a b c d e f g"), Host("GenuineIntel", "x"), null));
        Assert.Contains("has a processor by `AuthenticAMD`", HostFit.Obstacle("kvm", Host("GenuineIntel", "fpu"), Host("AuthenticAMD", "fpu"), null), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_kvm_processors_do_not_matter() => Assert.Null(HostFit.Obstacle("tcg", Host("GenuineIntel", "fpu avx2"), Host("AuthenticAMD", "fpu"), null));

    [Theory]
    [InlineData("7.2.17", "8.0.0", null)]
    [InlineData("7.2.17", "7.2.5", null)]
    [InlineData("7.2.17", "7.1.99", "has QEMU `7.1.99`, which is older than the `7.2.17` that the machine runs in")]
    [InlineData("10.0.2 (Debian 1:10.0.2+ds)", "9.2.0", "has QEMU `9.2.0`, which is older than the `10.0.2 (Debian 1:10.0.2+ds)` that the machine runs in")]
    [InlineData("7.2.17", null, null)]
    public void An_older_qemu_takes_no_guest_of_a_newer_one(string from, string? to, string? expected) => Assert.Equal(expected, HostFit.Obstacle("tcg", Qemu(from), Qemu(to), null));

    [Fact]
    public void A_guest_that_runs_by_kvm_can_not_go_on_without()
    {
        Assert.Equal("runs machines by `tcg` and this one runs by `kvm`", HostFit.Obstacle("kvm", null, null, "tcg"));
        Assert.Null(HostFit.Obstacle("kvm", null, null, "kvm"));
        Assert.Null(HostFit.Obstacle(null, null, null, "tcg"));
        Assert.Null(HostFit.Obstacle("kvm", null, null, null));
    }

    private static Host Host(string vendor, string flags) => new() { Metadata = new ObjectMeta { Name = "h" }, Status = new() { Cpu = new() { Vendor = vendor, Flags = flags.Split(' ') } } };

    private static Host Qemu(string? version) => new() { Metadata = new ObjectMeta { Name = "h" }, Status = new() { Versions = new() { Qemu = version } } };
}
