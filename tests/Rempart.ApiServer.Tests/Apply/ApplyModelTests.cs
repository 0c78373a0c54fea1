using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Rempart.Api.Core;
using Rempart.Api.Meta;
using Rempart.ApiServer.Apply;
using Rempart.ApiServer.Registry;
using Rempart.Policy.Authorization;

namespace Rempart.ApiServer.Tests.Apply;

/// <summary>Random histories of appliers and updaters against a model: a map of values and, for each key, the set of its owners.</summary>
public sealed class ApplyModelTests
{
    private static readonly KindRegistration Maps = new(KindInfo.Of<ConfigMap>(), new KindRules());
    private static readonly string[] Keys = ["a", "b", "c", "d"];
    private static readonly string[] Managers = ["p", "q", "r"];

    private static readonly Arbitrary<Step[]> Histories = (from manager in Gen.Elements(Managers)
                                                           from kind in Gen.Choose(0, 3)
                                                           from values in Gen.Choose(0, 2).ArrayOf(Keys.Length)
                                                           select new Step(manager, kind == 0, kind == 1, values)).ArrayOf().Resize(24).ToArbitrary();

    [Fact]
    public void Every_history_ends_as_the_model_says() => Prop.ForAll(Histories, steps =>
    {
        var (document, model) = (New(), new Model());
        foreach (var step in steps)
        {
            document = step.Updates ? Update(document, step) : Apply(document, step, out var refused) is var next && refused ? (model.Conflicts(step) ? document : throw new InvalidOperationException($"refused: {step}")) : next;
            if (step.Updates) model.Update(step);
            else if (step.Force || !model.Conflicts(step)) model.Apply(step);
            model.Check(document);
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void What_was_applied_is_so_and_applying_it_again_changes_nothing() => Prop.ForAll(Histories, steps =>
    {
        var document = steps.Aggregate(New(), (now, step) => step.Updates ? Update(now, step) : Apply(now, step with { Force = true }, out _));
        var last = new Step("p", false, true, [1, 2, 0, 1]);
        var once = Apply(document, last, out _);
        var twice = Apply(once, last with { Force = false }, out var refused);
        return !refused && once.ToJsonString() == twice.ToJsonString() && last.Pairs.All(pair => (string?)once["data"]![pair.Key] == pair.Value);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    // The label keeps a manager on the book: when there is none any more, nobody keeps book until the next apply, as in kube-apiserver.
    private static JsonObject New() => (JsonObject)JsonNode.Parse("""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","namespace":"n","labels":{"l":"z"},"managedFields":[{"manager":"z","operation":"Update","apiVersion":"v1","fieldsType":"FieldsV1","fieldsV1":{"f:data":{},"f:metadata":{"f:labels":{"f:l":{}}}}}]},"data":{}}""")!;

    private static WriteCall Call(Step step) => new()
    {
        Target = Maps, Namespace = "n", Caller = new Caller { Name = "alice", Groups = [], Method = "test" }, Manager = step.Manager, Applies = !step.Updates, Audit = null!, Now = DateTimeOffset.UnixEpoch,
    };

    private static JsonObject Apply(JsonObject document, Step step, out bool refused)
    {
        var configuration = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "ConfigMap", ["metadata"] = new JsonObject { ["name"] = "a" } };
        if (step.Pairs.Count > 0) configuration["data"] = new JsonObject(step.Pairs.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value)));
        try
        {
            refused = false;
            return (JsonObject)JsonNode.Parse(ServerSideApply.Merge(Stored(document), configuration, Call(step), step.Force).Json)!;
        }
        catch (ApiException conflict) when (conflict.Code == 409)
        {
            refused = true;
            return document;
        }
    }

    /// <summary>An updater sets the keys with a value and removes those without.</summary>
    private static JsonObject Update(JsonObject document, Step step)
    {
        var (old, next) = ((JsonObject)document.DeepClone(), (JsonObject)document.DeepClone());
        var kept = old["metadata"]!["managedFields"] as JsonArray;
        old["metadata"]!.AsObject().Remove("managedFields");
        next["metadata"]!.AsObject().Remove("managedFields");
        var data = next.Child("data");
        for (var i = 0; i < Keys.Length; i++)
        {
            if (step.Values[i] == 0) data.Remove(Keys[i]);
            else data[Keys[i]] = $"{step.Values[i]}";
        }

        if (FieldOwnership.OfChanged(next, old, null, kept, Call(step)) is { } owners) next["metadata"]!["managedFields"] = owners.DeepClone();
        return next;
    }

    private static CachedObject Stored(JsonObject document)
    {
        ReadOnlyMemory<byte> bytes = Maps.Layout.Serialize(document);
        return new CachedObject(Maps.Layout, "n/a", new StoredValue(bytes, bytes), 1, 1);
    }

    public sealed record Step(string Manager, bool Updates, bool Force, int[] Values)
    {
        public IReadOnlyDictionary<string, string> Pairs => Enumerable.Range(0, Keys.Length).Where(i => Values[i] > 0).ToDictionary(i => Keys[i], i => $"{Values[i]}");

        public override string ToString() => $"{Manager} {(Updates ? "updates" : Force ? "forces" : "applies")} {string.Join(',', Values)}";
    }

    private sealed class Model
    {
        private readonly Dictionary<string, string> _values = [];
        private readonly Dictionary<string, HashSet<string>> _owners = Keys.ToDictionary(k => k, _ => new HashSet<string>());

        public bool Conflicts(Step step) => step.Pairs.Any(p => _values.GetValueOrDefault(p.Key) != p.Value && _owners[p.Key].Any(o => o != "apply " + step.Manager));

        public void Apply(Step step)
        {
            var me = "apply " + step.Manager;
            foreach (var key in Keys)
            {
                if (step.Pairs.TryGetValue(key, out var value))
                {
                    if (_values.GetValueOrDefault(key) != value) _owners[key].Clear();
                    _values[key] = value;
                    _owners[key].Add(me);
                }
                else if (_owners[key].Remove(me) && _owners[key].Count == 0)
                {
                    _values.Remove(key);
                }
            }
        }

        public void Update(Step step)
        {
            foreach (var key in Keys)
            {
                if (step.Pairs.TryGetValue(key, out var value))
                {
                    if (_values.GetValueOrDefault(key) == value) continue;
                    _values[key] = value;
                    _owners[key] = ["update " + step.Manager];
                }
                else
                {
                    _values.Remove(key);
                    _owners[key].Clear();
                }
            }
        }

        public void Check(JsonObject document)
        {
            var data = (document["data"] as JsonObject ?? []).ToDictionary(m => m.Key, m => (string)m.Value!);
            if (!data.OrderBy(p => p.Key).SequenceEqual(_values.OrderBy(p => p.Key))) throw new InvalidOperationException($"values {string.Join(',', data)}, not {string.Join(',', _values)}");
            var table = OwnerTable.Read(document["metadata"]!["managedFields"] as JsonArray)!;
            foreach (var key in Keys)
            {
                var path = new FieldPath([PathElement.Field("data"), PathElement.Field(key)]);
                var owners = table.Entries.Where(e => e.Fields.Contains(path)).Select(e => $"{(e.Id.Applies ? "apply" : "update")} {e.Id.Name}").ToHashSet();
                if (!owners.SetEquals(_owners[key])) throw new InvalidOperationException($"`{key}` is owned by {string.Join(',', owners)}, not {string.Join(',', _owners[key])}");
            }
        }
    }
}
