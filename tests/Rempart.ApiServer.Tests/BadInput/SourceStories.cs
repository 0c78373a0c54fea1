using System.Text.Json.Nodes;
using Rempart.ApiServer.Tests.Http;

namespace Rempart.ApiServer.Tests.BadInput;

/// <summary>Sources of images, and exceptions for them, that are refused before anything is fetched.</summary>
public sealed class SourceStories
{
    private const string Images = "/apis/storage.rempart.dev/v1/images";
    private const string Policies = "/apis/storage.rempart.dev/v1/imagesourcepolicies";
    private static readonly string Digest = "sha256:" + new string('a', 64);

    [Theory]
    [InlineData("http://images.example/disk")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://images.example/disk")]
    [InlineData("/var/lib/disk.qcow2")]
    [InlineData("https://")]
    [InlineData("https://user:secret@images.example/disk")]
    [InlineData("https://images.example/disk#part")]
    [InlineData("https://images.example/a b")]
    [InlineData("https://images.example\\\\@10.0.0.1/")]
    [InlineData("https://bücher.example/disk")]
    public async Task A_source_that_is_no_plain_https_address(string url)
    {
        await using var server = await TestServer.StartAsync();
        await RefusedAsync(server, Images, Image(url), "spec.source.url");
    }

    [Theory]
    [InlineData("oci://quay.io/disks/debian")]
    [InlineData("oci://quay.io/disks/debian:12")]
    [InlineData("docker://quay.io/disks/debian@sha256:abc")]
    [InlineData("docker://debian@DIGEST")]
    [InlineData("oci://user:secret@quay.io/disks/debian@DIGEST")]
    [InlineData("oci://quay.io:99999/disks/debian@DIGEST")]
    [InlineData("oci://quay.io/../v2/@DIGEST")]
    [InlineData("oci://quay.io/disks/debian?x@DIGEST")]
    [InlineData("OCI://quay.io/disks/debian@DIGEST")]
    public async Task An_artifact_that_is_not_named_by_its_digest(string url)
    {
        await using var server = await TestServer.StartAsync();
        await RefusedAsync(server, Images, Image(url.Replace("DIGEST", Digest, StringComparison.Ordinal)), "spec.source.url");
    }

    [Theory]
    [InlineData("oci://quay.io/disks/debian@DIGEST")]
    [InlineData("docker://registry.lan:5000/disks/debian:12@DIGEST")]
    public async Task One_that_is(string url)
    {
        await using var server = await TestServer.StartAsync();
        var (code, image) = await server.PostAsync(Images, Image(url.Replace("DIGEST", Digest, StringComparison.Ordinal)));
        Assert.True(code == 201, image.ToJsonString());
    }

    [Fact]
    public async Task An_image_without_a_digest()
    {
        await using var server = await TestServer.StartAsync();
        var (code, status) = await server.PostAsync(Images, """{"metadata":{"name":"disk"},"spec":{"type":"Disk","format":"qcow2","source":{"url":"https://images.example/disk"}}}""");
        Assert.True(code is 400 or 422, status.ToJsonString());
        Assert.Contains("digest", status["message"]!.GetValue<string>(), StringComparison.Ordinal);
        await RefusedAsync(server, Images, Image("https://images.example/disk").Replace("sha256:", "md5:", StringComparison.Ordinal), "spec.digest");
    }

    [Fact]
    public async Task A_source_that_is_changed_afterwards()
    {
        await using var server = await TestServer.StartAsync();
        var (code, image) = await server.PostAsync(Images, Image("https://images.example/disk"));
        Assert.Equal(201, code);
        image["spec"]!["source"]!["url"] = "https://images.example/other";
        var (put, status) = await server.PutAsync($"{Images}/disk", image.ToJsonString());
        Assert.Equal((422, "spec"), (put, status["details"]!["causes"]![0]!["field"]!.GetValue<string>()));
    }

    [Theory]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    [InlineData("8.0.0.0/7")]
    [InlineData("93.184.215.0/24")]
    [InlineData("10.0.0.1/8")]
    [InlineData("10.0.0.1")]
    [InlineData("loopback")]
    public async Task An_exception_that_opens_too_much_or_nothing(string range)
    {
        await using var server = await TestServer.StartAsync();
        await RefusedAsync(server, Policies, $$"""{"metadata":{"name":"default"},"spec":{"allowedRanges":["10.20.0.0/24","{{range}}"]} }""", "spec.allowedRanges[1]");
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n")]
    public async Task A_certificate_authority_that_is_none(string certificates)
    {
        await using var server = await TestServer.StartAsync();
        await RefusedAsync(server, Policies, $$"""{"metadata":{"name":"default"},"spec":{"certificateAuthorities":[{"name":"inner","certificates":"{{certificates}}"}]} }""", "spec.certificateAuthorities[0].certificates");
    }

    [Fact]
    public async Task A_second_policy()
    {
        await using var server = await TestServer.StartAsync();
        await RefusedAsync(server, Policies, """{"metadata":{"name":"mine"},"spec":{}}""", "metadata.name");
    }

    private static string Image(string url) => $$"""{"metadata":{"name":"disk"},"spec":{"type":"Disk","format":"qcow2","digest":"{{Digest}}","source":{"url":"{{url}}"} } }""";

    private static async Task RefusedAsync(TestServer server, string path, string body, string field)
    {
        var (code, status) = await server.PostAsync(path, body);
        Assert.True(code == 422, $"{code}: {status.ToJsonString()}");
        Assert.Equal(field, Assert.Single((JsonArray)status["details"]!["causes"]!)!["field"]!.GetValue<string>());
    }
}
