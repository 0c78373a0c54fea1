using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Rempart.Api.Meta;
using Rempart.ApiServer.Http.Protobuf;

namespace Rempart.ApiServer.Tests.Http;

public sealed class ProtobufBodyTests
{
    // k8s\0, then Unknown{typeMeta{v1, ConfigMap}, raw{metadata{name: a}, data{k: v}}}, written out by hand.
    private static readonly byte[] Map =
    [
        .. "k8s\0"u8, 0x0a, 0x0f, 0x0a, 0x02, .. "v1"u8, 0x12, 0x09, .. "ConfigMap"u8,
        0x12, 0x0d, 0x0a, 0x03, 0x0a, 0x01, .. "a"u8, 0x12, 0x06, 0x0a, 0x01, .. "k"u8, 0x12, 0x01, .. "v"u8,
    ];

    [Fact]
    public void A_body_in_protobuf_is_the_same_in_JSON() =>
        Assert.Equal("""{"metadata":{"name":"a"},"data":{"k":"v"},"apiVersion":"v1","kind":"ConfigMap"}""", Encoding.UTF8.GetString(ProtobufBody.ToJson(Map)));

    [Fact]
    public void A_body_that_was_cut_or_changed_is_refused_or_read_but_never_crashes()
    {
        for (var length = 0; length < Map.Length; length++) Survives(Map[..length]);
        Prop.ForAll<int, byte>((at, value) =>
        {
            var changed = (byte[])Map.Clone();
            changed[(int)((uint)at % changed.Length)] = value;
            Survives(changed);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Values_are_counted_whatever_little_room_they_take()
    {
        // Owners of nothing: two bytes each.
        var refused = Assert.Throws<ApiException>(() => ProtobufBody.ToJson(Of([.. Enumerable.Repeat<byte[]>([0x6a, 0x00], 200_000).SelectMany(bytes => bytes)])));
        Assert.Equal((400, "the body is not valid protobuf: it has more than 100000 values"), (refused.Code, refused.Message));
    }

    [Fact]
    public void Half_of_a_surrogate_pair_in_the_book_of_owners_is_refused()
    {
        byte[] json = [.. "{\"\\ud800\":{}}"u8];
        byte[] owner = [0x3a, (byte)(json.Length + 2), 0x0a, (byte)json.Length, .. json];
        Assert.Equal(400, Assert.Throws<ApiException>(() => ProtobufBody.ToJson(Of([0x8a, 0x01, (byte)owner.Length, .. owner]))).Code);
    }

    // A ConfigMap with such metadata.
    private static byte[] Of(byte[] metadata)
    {
        byte[] raw = [0x0a, .. Length(metadata.Length), .. metadata];
        return [.. Map[..21], 0x12, .. Length(raw.Length), .. raw];
    }

    private static byte[] Length(int length) => length < 128 ? [(byte)length] : [(byte)(length | 0x80), .. Length(length >> 7)];

    private static void Survives(byte[] body)
    {
        try
        {
            ProtobufBody.ToJson(body);
        }
        catch (ApiException refused)
        {
            Assert.True(refused.Code is 400 or 415);
        }
    }
}
