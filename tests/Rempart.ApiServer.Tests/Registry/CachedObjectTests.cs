using System.Text;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Kinds;
using Rempart.ApiServer.Registry;

namespace Rempart.ApiServer.Tests.Registry;

public sealed class CachedObjectTests
{
    private static readonly DocumentLayout Layout = new(KindInfo.Of<ConfigMap>());

    [Theory]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}}""", 7)]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}""", long.MaxValue)]
    [InlineData("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{}}""", 0)]
    public void The_stored_form_is_made_again_from_the_one_that_is_held(string stored, long revision)
    {
        var bytes = Encoding.UTF8.GetBytes(stored);
        var held = new CachedObject(Layout, "n/a", new StoredValue(bytes, bytes), revision, 1);
        Assert.Contains($"\"resourceVersion\":\"{revision}\"", Encoding.UTF8.GetString(held.Document.Span), StringComparison.Ordinal);
        Assert.Equal(stored, Encoding.UTF8.GetString(held.Stored.Span));
        Assert.Equal(stored, Encoding.UTF8.GetString(held.Raw.Span));
        Assert.Equal(stored, Encoding.UTF8.GetString(held.At(12345).Stored.Span));
    }

    [Fact]
    public void What_is_stored_in_another_form_is_held_in_that_too()
    {
        var bytes = """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}"""u8.ToArray();
        var held = new CachedObject(Layout, "n/a", new StoredValue(bytes, "sealed"u8.ToArray()), 7, 1).At(8);
        Assert.Equal("sealed"u8, held.Raw.Span);
        Assert.Equal(bytes, held.Stored.ToArray());
    }

    [Fact]
    public void A_version_is_converted_once_for_all_who_see_it_in_another_form()
    {
        var newer = KindRegistrations.All.Single(one => one.Kind.Group == "events.k8s.io");
        var bytes = """{"apiVersion":"v1","kind":"Event","metadata":{"name":"a","namespace":"n"},"message":"m"}"""u8.ToArray();
        var stored = new CachedObject(newer.Stored.Layout, "n/a", new StoredValue(bytes, bytes), 7, 1);
        var shown = newer.Show(stored);
        Assert.Contains("\"note\":\"m\"", Encoding.UTF8.GetString(shown.Document.Span), StringComparison.Ordinal);
        Assert.Same(shown, newer.Show(stored));
        Assert.Same(stored, newer.Stored.Show(stored));
        Assert.NotSame(shown, newer.Show(stored.At(8)));
    }
}
