using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Rempart.Cli.Diagnostics;

namespace Rempart.Cli.Tests.Diagnostics;

public sealed class DebugBundleTests
{
    [Fact]
    public void What_may_hold_a_secret_is_left_out_at_any_depth_and_the_rest_stays()
    {
        var list = JsonNode.Parse("""
            {"kind":"List","items":[
              {"metadata":{"name":"m","annotations":{"kubectl.kubernetes.io/last-applied-configuration":"{\"userData\":\"swordfish\"}","note":"kept"}},"spec":{"template":"debian-12","userData":"#cloud-config swordfish"}},
              {"kind":"ConfigMap","data":{"app.conf":"swordfish","empty":""}}]}
            """)!;
        BundleRedaction.Apply(list);
        var text = list.ToJsonString();
        Assert.DoesNotContain("swordfish", text, StringComparison.Ordinal);
        Assert.Equal("(23 characters left out)", list["items"]![0]!["spec"]!["userData"]!.ToString());
        Assert.Equal("debian-12", list["items"]![0]!["spec"]!["template"]!.ToString());
        Assert.Equal("kept", list["items"]![0]!["metadata"]!["annotations"]!["note"]!.ToString());
        Assert.Equal("(9 characters left out)", list["items"]![1]!["data"]!["app.conf"]!.ToString());
    }

    [Fact]
    public async Task A_part_that_can_not_be_had_is_named_and_the_others_are_there()
    {
        var stop = TestContext.Current.CancellationToken;
        using var output = new MemoryStream();
        using (var bundle = new DebugBundle(output, DateTimeOffset.UnixEpoch))
        {
            await bundle.AddAsync("good.txt", _ => Task.FromResult(Encoding.UTF8.GetBytes("here")), stop);
            await bundle.AddAsync("metrics/../../etc/cron.d/x\n.txt", _ => Task.FromResult(Encoding.UTF8.GetBytes("hostile")), stop);
            await bundle.AddAsync("bad.txt", _ => throw new IOException("the disk is gone"), stop);
            await bundle.CompleteAsync(stop);
            Assert.Equal(1, bundle.Missing);
        }

        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        await using var archive = new TarReader(new GZipStream(new MemoryStream(output.ToArray()), CompressionMode.Decompress));
        while (await archive.GetNextEntryAsync(copyData: true, stop) is { } entry)
        {
            using var text = new StreamReader(entry.DataStream ?? Stream.Null);
            files[entry.Name] = await text.ReadToEndAsync(stop);
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, entry.Mode);
        }

        Assert.Equal("here", files["rempart-debug/good.txt"]);
        Assert.Equal("bad.txt: the disk is gone\n", files["rempart-debug/errors.txt"]);
        Assert.Equal("hostile", files["rempart-debug/metrics/_/_/etc/cron.d/x_.txt"]);
        Assert.Equal(3, files.Count);
    }
}
