using Rempart.Server.Run;
using Rempart.Server.Stores;

namespace Rempart.Server.Tests;

public sealed class StoreArgumentTests
{
    [Theory]
    [InlineData("`--store etcd` needs `--etcd-servers`", "--store", "etcd")]
    [InlineData("needs `--etcd-instance`", "--store", "etcd", "--etcd-servers", "https://10.0.0.1:2379")]
    [InlineData("needs `--etcd-cafile`", "--store", "etcd", "--etcd-servers", "https://10.0.0.1:2379", "--etcd-instance", "a")]
    [InlineData("in the clear", "--etcd-servers", "http://10.0.0.1:2379")]
    [InlineData("must be addresses", "--etcd-servers", "10.0.0.1:2379")]
    [InlineData("must be addresses", "--etcd-servers", "https://10.0.0.1:2379,https://u:p@10.0.0.2:2379")]
    [InlineData("belong together", "--store", "etcd", "--etcd-servers", "http://127.0.0.1:2379", "--etcd-instance", "a", "--etcd-certfile", "x")]
    [InlineData("say nothing without", "--etcd-instance", "a")]
    [InlineData("a-z, 0-9", "--etcd-instance", "../x")]
    [InlineData("`sqlite` or `etcd`", "--store", "postgres")]
    public void What_does_not_go_together_is_refused_with_a_sentence(string sentence, params string[] arguments)
    {
        var refused = Assert.Throws<FormatException>(() => RunSettings.Parse(["--data", "/x", .. arguments]));
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_word_it_is_the_embedded_one() => Assert.Equal(new StoreSettings(), RunSettings.Parse(["--data", "/x"]).Store);
}
