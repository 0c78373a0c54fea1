using System.Text;
using Rempart.ApiServer.Secrets;

namespace Rempart.ApiServer.Tests.Secrets;

public sealed class EnvelopeSealerTests : IDisposable
{
    private const string Key = "/core/secrets/web/password";

    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-keys-").FullName;

    private string File => Path.Combine(_folder, "keys.json");

    public EnvelopeSealerTests() => KeyFile.Create(File);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("")]
    [InlineData("{\"data\":{\"password\":\"aHVudGVyMg==\"}}")]
    public void What_is_sealed_opens_again_and_shows_nothing(string text)
    {
        using var keys = KeyFile.Load(File);
        var sealer = new EnvelopeSealer(keys);
        var plain = Encoding.UTF8.GetBytes(text);
        var first = sealer.Seal(Key, plain);
        var second = sealer.Seal(Key, plain);
        Assert.Equal(plain, sealer.Open(Key, first.Span).ToArray());
        Assert.Equal(plain, sealer.Open(Key, second.Span).ToArray());
        Assert.NotEqual(first.ToArray(), second.ToArray());
        Assert.Equal(plain.Length + EnvelopeSealer.Overhead, first.Length);
        Assert.True(plain.Length == 0 || first.Span.IndexOf("password"u8) < 0);
        Assert.False(sealer.IsStale(first.Span));
    }

    [Fact]
    public void A_change_of_any_byte_is_noticed()
    {
        using var keys = KeyFile.Load(File);
        var sealer = new EnvelopeSealer(keys);
        var value = sealer.Seal(Key, "hunter2"u8).ToArray();
        for (var i = 0; i < value.Length; i++)
        {
            var changed = value.ToArray();
            changed[i] ^= 1;
            var message = Assert.Throws<SealException>(() => sealer.Open(Key, changed)).Message;
            Assert.Contains(Key, message);
            Assert.DoesNotContain("hunter2", message);
            Assert.Throws<SealException>(() => sealer.Open(Key, value.AsSpan(0, i)));
        }

        Assert.Throws<SealException>(() => sealer.Open(Key, [.. value, 0]));
    }

    [Fact]
    public void A_value_moved_to_another_object_does_not_open()
    {
        using var keys = KeyFile.Load(File);
        var sealer = new EnvelopeSealer(keys);
        var value = sealer.Seal(Key, "secret"u8).ToArray();
        Assert.Throws<SealException>(() => sealer.Open("/core/secrets/mallory/password", value));
    }

    [Fact]
    public void Parts_of_two_values_of_one_object_do_not_mix()
    {
        using var keys = KeyFile.Load(File);
        var sealer = new EnvelopeSealer(keys);
        var old = sealer.Seal(Key, "old"u8).ToArray();
        var now = sealer.Seal(Key, "now"u8).ToArray();
        const int header = 12 + 60;
        Assert.Throws<SealException>(() => sealer.Open(Key, [.. now.AsSpan(0, header), .. old.AsSpan(header)]));
    }

    [Fact]
    public void After_rotation_old_values_open_until_their_key_is_removed_and_new_ones_use_the_new_key()
    {
        byte[] old;
        string oldId;
        using (var keys = KeyFile.Load(File))
        {
            (old, oldId) = (new EnvelopeSealer(keys).Seal(Key, "secret"u8).ToArray(), keys.ActiveId);
        }

        var newId = KeyFile.Rotate(File);
        byte[] renewed;
        using (var keys = KeyFile.Load(File))
        {
            Assert.Equal(newId, keys.ActiveId);
            Assert.Equal([oldId, newId], keys.Ids);
            var sealer = new EnvelopeSealer(keys);
            Assert.True(sealer.IsStale(old));
            renewed = sealer.Seal(Key, sealer.Open(Key, old).Span).ToArray();
            Assert.False(sealer.IsStale(renewed));
        }

        KeyFile.Remove(File, oldId);
        using (var keys = KeyFile.Load(File))
        {
            var sealer = new EnvelopeSealer(keys);
            Assert.Equal("secret"u8.ToArray(), sealer.Open(Key, renewed).ToArray());
            Assert.Contains(oldId, Assert.Throws<SealException>(() => sealer.Open(Key, old)).Message);
        }

        Assert.Throws<KeyFileException>(() => KeyFile.Remove(File, newId));
    }

    [Fact]
    public void A_value_that_was_never_sealed_is_not_taken_for_one()
    {
        using var keys = KeyFile.Load(File);
        var sealer = new EnvelopeSealer(keys);
        var plain = Encoding.UTF8.GetBytes(new string('x', 500));
        Assert.Throws<SealException>(() => sealer.Open(Key, plain));
        Assert.True(sealer.IsStale(plain));
    }
}
