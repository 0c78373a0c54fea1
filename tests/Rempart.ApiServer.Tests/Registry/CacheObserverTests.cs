using System.Text;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Kinds;
using Rempart.ApiServer.Objects;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Watch;

namespace Rempart.ApiServer.Tests.Registry;

public sealed class CacheObserverTests
{
    [Fact]
    public void An_observer_is_told_of_the_objects_that_concern_it_and_others_are_not_even_parsed()
    {
        var maps = KindRegistrations.All.Single(kind => kind.Kind == KindInfo.Of<ConfigMap>());
        var cache = new KindCache(maps, new EventWindow(), new WatchBounds());
        var one = new One();
        cache.Load("default/before", Document("before"), 1, 1);
        cache.Observe(new CacheObserver<ConfigMap>(one));
        // Its data is a list, of which no typed view can be made.
        cache.Put("default/other", new(Json("other", "[]"), Json("other", "[]")), 2, 2);
        cache.Put("default/wanted", Document("wanted"), 3, 3);
        cache.Remove("default/other", 4);
        cache.Remove("default/wanted", 5);
        Assert.Equal(["+wanted", "-wanted"], one.Told);
    }

    private static StoredValue Document(string name) => new(Json(name, "{}"), Json(name, "{}"));

    private static byte[] Json(string name, string data) => Encoding.UTF8.GetBytes($$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","namespace":"default"},"data":{{{data}}}}""");

    private sealed class One : IObjectObserver<ConfigMap>
    {
        public List<string> Told { get; } = [];

        public bool Concerns(string? ns, string name) => (ns, name) == ("default", "wanted");

        public void Put(ConfigMap value) => Told.Add("+" + value.Metadata.Name);

        public void Remove(string? ns, string name) => Told.Add("-" + name);
    }
}
