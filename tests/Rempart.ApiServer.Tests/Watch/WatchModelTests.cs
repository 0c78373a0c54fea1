using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Kinds;
using Rempart.ApiServer.Registry;
using Rempart.ApiServer.Watch;

namespace Rempart.ApiServer.Tests.Watch;

/// <summary>Whatever changes, breaks, falls behind or is forgotten: who follows a kind is told each change once, in order, and knows in the end what there is.</summary>
public sealed class WatchModelTests
{
    private const int Kept = 6;
    private static readonly string[] Names = ["a", "b", "c"];
    private static readonly KindRegistration Maps = KindRegistrations.All.Single(r => r.Kind == KindInfo.Of<ConfigMap>());

    private static readonly Selection[] Selections =
    [
        Selection.Parse(Maps.Kind, null, null, null),
        Selection.Parse(Maps.Kind, "p", null, null),
        Selection.Parse(Maps.Kind, null, "x=y", null),
        Selection.Parse(Maps.Kind, "q", "x!=y", "metadata.name=a"),
    ];

    [Fact]
    public void No_change_is_lost_invented_or_out_of_order()
    {
        var lists = 0;
        Prop.ForAll(Gen.Choose(0, 9999).ListOf().ToArbitrary(), steps => lists += Follow([.. steps])).Check(Config.QuickThrowOnFailure.WithMaxTest(1500).WithEndSize(150));
        Assert.True(lists > 1500 * Selections.Length, "nothing was ever forgotten, so nothing was shown");
    }

    private static int Follow(int[] steps)
    {
        var cache = new KindCache(Maps, new EventWindow(most: Kept), new WatchBounds(Changes: 4));
        cache.Loaded(1);
        var readers = Selections.Select(selection => new FollowingReader(cache, selection)).ToArray();
        var (present, revision) = (new Dictionary<string, long>(StringComparer.Ordinal), 1L);
        foreach (var step in steps)
        {
            var (action, ns, name, more) = (step % 10, step / 10 % 2 == 0 ? "p" : "q", Names[step / 20 % 3], step / 60);
            var key = $"{ns}/{name}";
            switch (action)
            {
                case <= 3:
                    revision++;
                    cache.Put(key, Document(ns, name, more % 2 == 0 ? "y" : "z"), revision, present.TryGetValue(key, out var made) ? made : revision);
                    present.TryAdd(key, revision);
                    cache.Reached(revision);
                    break;
                case 4 when present.Remove(key):
                    cache.Remove(key, ++revision);
                    cache.Reached(revision);
                    break;
                case 5:
                    // Other kinds change too: the revision rises without a word to this kind's readers.
                    cache.Reached(revision += 3);
                    break;
                case 6:
                    readers[more % readers.Length].Break();
                    break;
                default:
                    readers[more % readers.Length].Read(1 + (more % 7));
                    break;
            }
        }

        foreach (var (reader, selection) in readers.Zip(Selections))
        {
            reader.CatchUp();
            var expected = cache.List(selection.Namespace).Where(selection.Matches).ToDictionary(o => o.Key, o => o.Revision, StringComparer.Ordinal);
            Assert.Equal(expected.OrderBy(e => e.Key, StringComparer.Ordinal), reader.Known.OrderBy(e => e.Key, StringComparer.Ordinal));
            reader.Dispose();
        }

        return readers.Sum(reader => reader.Lists);
    }

    private static StoredValue Document(string ns, string name, string label)
    {
        var bytes = Encoding.UTF8.GetBytes($$$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{{name}}}}","namespace":"{{{{ns}}}}","labels":{"x":"{{{{label}}}}"}}}""");
        return new StoredValue(bytes, bytes);
    }
}
