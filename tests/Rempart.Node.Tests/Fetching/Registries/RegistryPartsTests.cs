using System.Text;
using Rempart.Api.Storage;
using Rempart.Node.Fetching.Registries;
using Rempart.Node.Machines;
using Rempart.Node.Volumes;

namespace Rempart.Node.Tests.Fetching.Registries;

public sealed class RegistryPartsTests
{
    private static readonly string Digest = "sha256:" + new string('a', 64);

    [Theory]
    [InlineData("docker://quay.io/containerdisks/fedora@", "quay.io", "containerdisks/fedora")]
    [InlineData("oci://registry.lan:5000/disks/debian:12@", "registry.lan:5000", "disks/debian")]
    [InlineData("docker://docker.io/library/debian@", "registry-1.docker.io", "library/debian")]
    [InlineData("docker://docker.io/debian@", "registry-1.docker.io", "library/debian")]
    [InlineData("docker://registry:5000/disk@", "registry:5000", "disk")]
    public void A_reference_by_digest_is_read(string url, string registry, string repository) =>
        Assert.Equal(new ContainerReference(registry, repository, Digest), ContainerReference.TryParse(url + Digest));

    [Theory]
    [InlineData("docker://quay.io/containerdisks/fedora:latest")]
    [InlineData("docker://quay.io/containerdisks/fedora@sha256:abc")]
    [InlineData("docker://fedora@DIGEST")]
    [InlineData("docker://containerdisks/fedora@DIGEST")]
    [InlineData("docker://user@quay.io/a/b@DIGEST")]
    [InlineData("docker://quay.io/../b@DIGEST")]
    [InlineData("docker://quay.io/a/b?x=y@DIGEST")]
    [InlineData("docker://quay.io/A/b@DIGEST")]
    [InlineData("docker://quay.io/a/b@DIGEST\n")]
    [InlineData("docker://quay.io:0/a@DIGEST")]
    [InlineData("docker://quay.io:65536/a@DIGEST")]
    [InlineData("http://quay.io/a/b@DIGEST")]
    public void Another_is_not(string url) => Assert.Null(ContainerReference.TryParse(url.Replace("DIGEST", Digest, StringComparison.Ordinal)));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"layers":{}}""")]
    [InlineData("""{"layers":[{"digest":"sha256:x","mediaType":"y"}]}""")]
    [InlineData("""{"layers":[{"digest":"DIGEST"}]}""")]
    [InlineData("""{"layers":[{"digest":"DIGEST","mediaType":1}]}""")]
    [InlineData("""{"layers":[{"digest":"DIGEST","mediaType":"a"}]}""")]
    [InlineData("""{"layers":[{"digest":"DIGEST","mediaType":"a","size":-1}]}""")]
    [InlineData("""{"layers":[{"digest":"DIGEST","mediaType":"a","size":1e99}]}""")]
    [InlineData("""{"layers":[{"digest":"DIGEST","mediaType":"a\nb","size":1}]}""")]
    [InlineData("""{"layers":[{"digest":"DIGEST","mediaType":"a","size":1}],"manifests":[{"digest":"DIGEST"}]}""")]
    [InlineData("""{"manifests":[{"digest":"DIGEST","platform":{"os":"linux","architecture":"arm64"}}]}""")]
    [InlineData("""{"manifests":[{"digest":"DIGEST","platform":5}]}""")]
    [InlineData("""{"layers":[{"digest":"DIGEST","digest":"DIGEST","mediaType":"a"}]}""")]
    [InlineData("""{"manifests":[]}""")]
    [InlineData("""{"manifests":[{"digest":"../../x"}]}""")]
    [InlineData("""{"manifests":[{"digest":"DIGEST"},{"digest":"DIGEST"}]}""")]
    public void A_manifest_that_makes_no_sense_is_refused(string json) =>
        Assert.Equal(VolumeFault.Refused, Assert.Throws<VolumeException>(() => OciManifest.Read(Encoding.UTF8.GetBytes(json.Replace("DIGEST", Digest, StringComparison.Ordinal)))).Fault);

    [Theory]
    [InlineData(null)]
    [InlineData("Basic realm=\"https://x.example\"")]
    [InlineData("Bearer service=\"x\"")]
    [InlineData("Bearer realm=\"http://x.example/token\"")]
    [InlineData("Bearer realm=\"file:///etc/passwd\"")]
    [InlineData("Bearer realm=\"https://user:word@x.example/\"")]
    public void A_challenge_that_leads_nowhere_is_none(string? challenge) => Assert.Null(RegistryChallenge.TokenUrl(challenge, "a/b"));

    [Fact]
    public void A_token_is_asked_for_the_repository_that_is_read_and_no_other() =>
        Assert.Equal("https://auth.example/token?service=r%26x&scope=repository%3Aa%2Fb%3Apull", RegistryChallenge.TokenUrl("Bearer realm=\"https://auth.example/token?x=y\",service=\"r&x\",scope=\"repository:other:push\"", "a/b")!.AbsoluteUri);

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"token":""}""")]
    [InlineData("""{"token":5}""")]
    [InlineData("""{"token":"a\r\nHost: other"}""")]
    public void A_token_that_is_none_is_refused(string json) => Assert.Equal(VolumeFault.AccessDenied, Assert.Throws<VolumeException>(() => RegistryChallenge.Token(Encoding.UTF8.GetBytes(json))).Fault);

    [Fact]
    public void More_layers_than_make_sense_are_refused()
    {
        var layer = $$"""{"digest":"{{Digest}}","mediaType":"a","size":1}""";
        var says = Assert.Throws<VolumeException>(() => OciManifest.Read(Encoding.UTF8.GetBytes($$"""{"layers":[{{string.Join(',', Enumerable.Repeat(layer, 5000))}}]}"""))).Message;
        Assert.Contains("5000 layers", says, StringComparison.Ordinal);
    }

    [Fact]
    public void Archives_are_looked_through_from_above_and_the_layer_that_is_the_image_before_them()
    {
        var request = new ImageRequest(new string('f', 64), ImageType.Kernel, DiskFormat.Raw, 1 << 20);
        OciLayer[] layers = [new("sha256:1", "x.tar", 10), new("sha256:2", "text/plain", 10), new("sha256:3", "x.tar+gzip", 10), new("sha256:4", "x.tar", 0)];
        Assert.Equal(["sha256:3", "sha256:1"], ArtifactFetcher.Order(layers, request, 100).Select(layer => layer.Digest));
        Assert.Equal(["sha256:" + request.Digest], ArtifactFetcher.Order([.. layers, new("sha256:" + request.Digest, "x.tar", 10)], request, 100).Select(layer => layer.Digest));
    }

    [Theory]
    [InlineData("x.tar+zstd", 10, VolumeFault.Refused)]
    [InlineData("text/plain", 10, VolumeFault.DigestMismatch)]
    [InlineData("x.tar", 101, VolumeFault.TooLarge)]
    [InlineData("x.tar", 51, VolumeFault.TooLarge)]
    [InlineData("x.tar", long.MaxValue, VolumeFault.TooLarge)]
    internal void What_can_not_be_taken_is_refused_before_it_is_asked_for(string mediaType, long size, VolumeFault fault)
    {
        var layer = new OciLayer(Digest, mediaType, size);
        var request = new ImageRequest(new string('f', 64), ImageType.Kernel, DiskFormat.Raw, 1 << 20);
        Assert.Equal(fault, Assert.Throws<VolumeException>(() => ArtifactFetcher.Order([layer, layer], request, 100)).Fault);
    }
}
