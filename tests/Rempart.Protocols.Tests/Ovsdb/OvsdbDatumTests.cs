using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Rempart.Protocols.Ovsdb;

namespace Rempart.Protocols.Tests.Ovsdb;

public sealed class OvsdbDatumTests
{
    [Theory]
    [InlineData("\"a\"", "\"a\"")]
    [InlineData("[\"set\",[\"a\"]]", "\"a\"")]
    [InlineData("[\"set\",[\"b\",\"a\"]]", "[\"set\",[\"a\",\"b\"]]")]
    [InlineData("[\"map\",[[\"b\",\"1\"],[\"a\",\"2\"]]]", "[\"map\",[[\"a\",\"2\"],[\"b\",\"1\"]]]")]
    [InlineData("[\"uuid\",\"550e8400-e29b-41d4-a716-446655440000\"]", "[\"uuid\",\"550e8400-e29b-41d4-a716-446655440000\"]")]
    [InlineData("[\"set\",[]]", "[\"set\",[]]")]
    [InlineData("true", "true")]
    [InlineData("42", "42")]
    public void A_value_has_one_canonical_form(string wire, string canonical) => Assert.Equal(canonical, Parse(wire).ToString());

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[\"uuid\",\"x\"]")]
    [InlineData("[\"map\",[[\"a\"]]]")]
    [InlineData("[\"set\",[null]]")]
    [InlineData("[1,2,3]")]
    public void What_is_no_value_is_refused(string wire) => Assert.Throws<OvsdbProtocolException>(() => Parse(wire));

    [Fact]
    public void A_set_and_its_difference_give_the_new_set() => Prop.ForAll<int[], int[]>((before, after) =>
    {
        var difference = before.Except(after).Concat(after.Except(before));
        return Set(before).Apply(Set(difference)).Equals(Set(after));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_map_and_its_difference_give_the_new_map()
    {
        var before = Parse("[\"map\",[[\"gone\",\"1\"],[\"kept\",\"2\"],[\"changed\",\"3\"]]]");

        var after = before.Apply(Parse("[\"map\",[[\"gone\",\"1\"],[\"changed\",\"4\"],[\"new\",\"5\"]]]"));

        Assert.Equal("[\"map\",[[\"changed\",\"4\"],[\"kept\",\"2\"],[\"new\",\"5\"]]]", after.ToString());
    }

    private static OvsdbDatum Set(IEnumerable<int> values) => OvsdbDatum.Set(values.Select(v => OvsdbAtom.Of(v)));

    private static OvsdbDatum Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return OvsdbDatum.Parse(document.RootElement);
    }
}
