using System.Globalization;
using System.Text;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http;

namespace Rempart.ApiServer.Tests.Http;

public sealed class YamlBodyTests
{
    [Theory]
    [InlineData("a: b", """{"a":"b"}""")]
    [InlineData("a: 1\nb: -1.5\nc: true\nd: null\ne: ~\nf:", """{"a":1,"b":-1.5,"c":true,"d":null,"e":null,"f":null}""")]
    [InlineData("a: \"1\"\nb: 'true'\nc: !!str 7", """{"a":"1","b":"true","c":"7"}""")]
    [InlineData("a: yes\nb: off\nc: 0644\nd: 0x1F\ne: 0o17\nf: 0b101\ng: 089", """{"a":true,"b":false,"c":420,"d":31,"e":15,"f":5,"g":89}""")]
    [InlineData("a: 1.2.3\nb: 10.0.0.0/8\nc: 2026-01-02\nd: 5Gi\ne: -\"x", """{"a":"1.2.3","b":"10.0.0.0/8","c":"2026-01-02","d":"5Gi","e":"-\u0022x"}""")]
    [InlineData("l:\n- 1\n- {x: z}\n- [2, 3]\nt: |\n  one\n  two\n", """{"l":[1,{"x":"z"},[2,3]],"t":"one\ntwo\n"}""")]
    [InlineData("a: &x {k: v}\nb: *x", """{"a":{"k":"v"},"b":{"k":"v"}}""")]
    [InlineData("# a comment\n---\na: b\n...", """{"a":"b"}""")]
    [InlineData(" {\"a\": 1}", " {\"a\": 1}")]
    public void A_document_is_read_as_Kubernetes_reads_it(string yaml, string json) => Assert.Equal(json, Encoding.UTF8.GetString(YamlBody.ToJson(Encoding.UTF8.GetBytes(yaml))));

    [Theory]
    [InlineData("")]
    [InlineData("just text")]
    [InlineData("- a\n- b")]
    [InlineData("a: b\n---\nc: d")]
    [InlineData("a: b\na: c")]
    [InlineData("a: [")]
    [InlineData("a: *nothing")]
    [InlineData("? [x]\n: y")]
    [InlineData("a: &x {k: v}\nb: {<<: *x}")]
    [InlineData("a: &x [*x]")]
    [InlineData("a: \"\\uD800\"")]
    [InlineData("a: 'unclosed")]
    [InlineData("%YAML 9.9\n---\na: b")]
    public void What_is_no_single_mapping_is_refused(string yaml) => Assert.Equal(400, Assert.Throws<ApiException>(() => YamlBody.ToJson(Encoding.UTF8.GetBytes(yaml))).Code);

    [Fact]
    public void Long_texts_and_names_can_not_be_multiplied_by_aliases()
    {
        var text = new string('x', 1 << 20);
        var aliases = string.Join(", ", Enumerable.Repeat("*x", 1000));

        foreach (var yaml in new[] { $"a: &x {text}\nb: [{aliases}]", $"a: &x {{{text}: y}}\nb: [{aliases}]", $"a: &x [&y {{k: {text}}}]\nb: [*y, *x, *y]" })
            Assert.Contains("characters", Assert.Throws<ApiException>(() => YamlBody.ToJson(Encoding.UTF8.GetBytes(yaml))).Message, StringComparison.Ordinal);
        Assert.Equal((2 * text.Length) + 15, YamlBody.ToJson(Encoding.UTF8.GetBytes($"a: &x {text}\nb: *x")).Length);
    }

    [Fact]
    public void A_small_text_can_not_become_a_huge_or_a_bottomless_document()
    {
        var bomb = new StringBuilder("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
        for (var i = 1; i < 12; i++) bomb.Append(CultureInfo.InvariantCulture, $"a{i}: &a{i} [{string.Join(',', Enumerable.Repeat($"*a{i - 1}", 10))}]\n");
        Assert.Contains("more than", Refused(bomb.ToString()), StringComparison.Ordinal);
        Assert.Contains("deeper", Refused("a: " + new string('[', 3000) + new string(']', 3000)), StringComparison.Ordinal);
        Assert.Contains("deeper", Refused(string.Concat(Enumerable.Range(0, 200).Select(i => new string(' ', i) + "a:\n"))), StringComparison.Ordinal);
        var tower = new StringBuilder("a0: &a0 [[[[[[[[x]]]]]]]]\n");
        for (var i = 1; i < 20; i++) tower.Append(CultureInfo.InvariantCulture, $"a{i}: &a{i} [[[[[[[[*a{i - 1}]]]]]]]]\n");
        Assert.Contains("deeper", Refused(tower.ToString()), StringComparison.Ordinal);
        Assert.Equal(400, Assert.Throws<ApiException>(() => YamlBody.ToJson([0x61, 0x3A, 0x20, 0xFF])).Code);
    }

    [Fact]
    public async Task Objects_can_be_made_and_changed_in_YAML()
    {
        await using var server = await TestServer.StartAsync();
        Assert.Equal(201, (await server.SendAsync(HttpMethod.Post, "/api/v1/namespaces/default/configmaps", "metadata:\n  name: a\ndata:\n  k: v\n", "application/yaml")).Code);
        Assert.Equal(200, (await server.SendAsync(HttpMethod.Put, "/api/v1/namespaces/default/configmaps/a", "metadata:\n  name: a\ndata:\n  k: w\n", "application/yaml")).Code);
        Assert.Equal("w", (string?)(await server.GetAsync("/api/v1/namespaces/default/configmaps/a")).Body["data"]!["k"]);
        Assert.Equal(400, (await server.SendAsync(HttpMethod.Put, "/api/v1/namespaces/default/configmaps/a", "metadata:\n  name: a\ndata:\n  k: yes\n", "application/yaml")).Code);
    }

    private static string Refused(string yaml) => Assert.Throws<ApiException>(() => YamlBody.ToJson(Encoding.UTF8.GetBytes(yaml))).Message;
}
