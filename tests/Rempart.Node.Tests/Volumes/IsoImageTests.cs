using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Volumes;

public sealed class IsoImageTests
{
    [Fact]
    [Trait("level", "real")]
    public async Task What_is_written_is_what_isoinfo_reads_in_both_trees()
    {
        var random = new Random(20261121);
        using var scratch = new PoolFixture();
        foreach (var length in new[] { 0, 1, 2047, 2048, 2049, 65536, random.Next(100_000) })
        {
            var content = new byte[length];
            random.NextBytes(content);
            var path = scratch.Scratch($"{length}.iso");
            await File.WriteAllBytesAsync(path, IsoImage.Write("cidata", [new("user-data", content), new("meta-data", "x: 1\n"u8.ToArray())]), TestContext.Current.CancellationToken);

            var joliet = await Programs.RunAsync("isoinfo", "-J", "-i", path, "-x", "/user-data");
            var plain = await Programs.RunAsync("isoinfo", "-i", path, "-x", "/USER-DATA;1");

            Assert.Equal(content, joliet.Output);
            Assert.Equal(content, plain.Output);
            var description = await Programs.OutputAsync("isoinfo", "-d", "-i", path);
            Assert.Contains("Volume id: cidata", description, StringComparison.Ordinal);
            Assert.Contains("Joliet with UCS level 3", description, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_same_files_give_the_same_bytes_in_any_order() => Prop.ForAll<byte[], byte[]>((first, second) =>
    {
        IsoFile a = new("meta-data", first);
        IsoFile b = new("user-data", second);
        return IsoImage.Write("cidata", [a, b]).AsSpan().SequenceEqual(IsoImage.Write("cidata", [b, a]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Every_byte_of_a_file_is_in_the_image_once_and_the_rest_is_padding() => Prop.ForAll<byte[]>(content =>
    {
        var image = IsoImage.Write("cidata", [new("user-data", content)]);
        var tail = image.AsSpan(25 * 2048);
        return image.Length % 2048 == 0 && tail[..content.Length].SequenceEqual(content) && !tail[content.Length..].ContainsAnyExcept((byte)0);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("../etc/passwd")]
    [InlineData("User-Data")]
    [InlineData("")]
    [InlineData("a-name-that-is-longer-than-28-letters")]
    public void A_name_that_is_no_seed_file_is_refused(string name) =>
        Assert.Throws<ArgumentException>(() => IsoImage.Write("cidata", [new(name, Encoding.UTF8.GetBytes("x"))]));

    [Fact]
    public void Two_files_of_one_name_are_refused() =>
        Assert.Throws<ArgumentException>(() => IsoImage.Write("cidata", [new("a", new byte[1]), new("a", new byte[2])]));
}
