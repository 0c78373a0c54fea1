using System.Globalization;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Rempart.Api.Meta;

namespace Rempart.Api.Tests.Meta;

public sealed class QuantityTests
{
    private static readonly (string Suffix, decimal Scale)[] Suffixes =
    [
        ("n", 0.000000001m), ("u", 0.000001m), ("m", 0.001m), ("", 1), ("k", 1e3m), ("M", 1e6m), ("G", 1e9m), ("T", 1e12m), ("P", 1e15m), ("E", 1e18m),
        ("Ki", 1L << 10), ("Mi", 1L << 20), ("Gi", 1L << 30), ("Ti", 1L << 40), ("Pi", 1L << 50), ("Ei", 1L << 60),
    ];

    [Fact]
    public void Number_and_suffix_give_their_product_or_nothing() =>
        Prop.ForAll(Gen.Choose(-2_000_000_000, 2_000_000_000).Zip(Gen.Elements(Suffixes)).ToArbitrary(), pair =>
        {
            var (number, (suffix, scale)) = pair;
            var amount = number * scale;
            var fits = Math.Abs(amount) <= long.MaxValue;
            var read = Quantity.TryParse(number.ToString(CultureInfo.InvariantCulture) + suffix, out var quantity);
            return read == fits && (!read || quantity.Value == amount);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_text_that_is_read_is_written_as_it_was() =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue).Zip(Gen.Elements(Suffixes)).ToArbitrary(), pair =>
        {
            var text = pair.Item1.ToString(CultureInfo.InvariantCulture) + pair.Item2.Suffix;
            return !Quantity.TryParse(text, out var quantity) || (quantity.ToString() == text && JsonSerializer.Serialize(quantity) == $"\"{text}\"");
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Bytes_come_back_exactly() =>
        Prop.ForAll(ArbMap.Default.ArbFor<long>(), bytes =>
        {
            if (bytes == long.MinValue) return true;
            var quantity = Quantity.FromBytes(bytes);
            return quantity.Units == bytes && Quantity.Parse(quantity.ToString()) == quantity;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("0", "0")]
    [InlineData("2", "2")]
    [InlineData("0.5", "500m")]
    [InlineData("1.5", "1500m")]
    [InlineData("0.0001", "1m")]
    [InlineData("1000", "1k")]
    [InlineData("1500", "1500")]
    [InlineData("20000000", "20M")]
    [InlineData("9223372036854775807000", "9223372036854775807")]
    public void An_amount_is_told_in_the_canonical_form_of_decimal_suffixes(string amount, string told)
    {
        var quantity = Quantity.FromAmount(decimal.Parse(amount, CultureInfo.InvariantCulture));
        Assert.Equal(told, quantity.ToString());
        Assert.Equal(Quantity.Parse(told), quantity);
    }

    [Fact]
    public void Any_text_is_read_or_refused_but_never_throws() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), text =>
        {
            _ = Quantity.TryParse(text, out _);
            return true;
        }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("1e3", 1000)]
    [InlineData("1E3", 1000)]
    [InlineData("+5", 5)]
    [InlineData("1.5Gi", 1610612736)]
    [InlineData("100e-2", 1)]
    [InlineData("0.5k", 500)]
    [InlineData(".5k", 500)]
    [InlineData("5.", 5)]
    public void Forms_of_Kubernetes_are_read(string text, long value) => Assert.Equal(value, Quantity.Parse(text).Value);

    [Theory]
    [InlineData("")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1 Mi")]
    [InlineData("Mi")]
    [InlineData("1mi")]
    [InlineData("1MI")]
    [InlineData("1Kib")]
    [InlineData("1e3Mi")]
    [InlineData("1e")]
    [InlineData("--1")]
    [InlineData("1,000")]
    [InlineData("0x10")]
    [InlineData("1e400")]
    [InlineData("9Ei")]
    [InlineData("NaN")]
    [InlineData("٣")]
    public void What_is_no_quantity_is_refused(string text) => Assert.False(Quantity.TryParse(text, out _));

    [Fact]
    public void Equal_amounts_are_equal_however_they_are_written()
    {
        Assert.Equal(Quantity.Parse("1Gi"), Quantity.Parse("1024Mi"));
        Assert.Equal(Quantity.Parse("0.5"), Quantity.Parse("500m"));
        Assert.Equal(Quantity.Parse("1Gi").GetHashCode(), Quantity.Parse("1024Mi").GetHashCode());
        Assert.NotEqual(Quantity.Parse("1G"), Quantity.Parse("1Gi"));
    }

    [Fact]
    public void Units_are_rounded_up() => Assert.Equal(1, Quantity.Parse("1m").Units);
}
