using Rempart.ApiServer.Secrets;

namespace Rempart.ApiServer.Tests.Secrets;

public sealed class KeyFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("rempart-keys-").FullName;

    private string Keys => Path.Combine(_folder, "keys.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_key_file_is_private_and_never_made_twice()
    {
        KeyFile.Create(Keys);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Keys));
        var before = File.ReadAllText(Keys);
        Assert.Throws<IOException>(() => KeyFile.Create(Keys));
        Assert.Equal(before, File.ReadAllText(Keys));
        KeyFile.Rotate(Keys);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Keys));
        Assert.Equal([Keys], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_key_file_that_is_missing_or_open_to_others_is_refused()
    {
        Assert.Contains("missing", Assert.Throws<KeyFileException>(() => KeyFile.Load(Keys)).Message);
        KeyFile.Create(Keys);
        File.SetUnixFileMode(Keys, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        Assert.Contains("chmod 600", Assert.Throws<KeyFileException>(() => KeyFile.Load(Keys)).Message);
    }

    [Fact]
    public void A_damaged_key_file_is_refused_without_showing_any_of_it()
    {
        KeyFile.Create(Keys);
        var whole = File.ReadAllText(Keys);
        var key = whole.Split('"').Single(part => part.Length == 64);
        foreach (var damaged in new[]
        {
            "",
            "null",
            whole[..^20],
            whole.Replace(key, key[..^1] + (key[^1] == '0' ? "1" : "0"), StringComparison.Ordinal),
            whole.Replace("\"active\"", "\"other\"", StringComparison.Ordinal),
            whole.Replace("\"keys\"", "\"surprise\": 1, \"keys\"", StringComparison.Ordinal),
            whole + new string(' ', 20_000),
        })
        {
            File.WriteAllText(Keys, damaged);
            var refused = Assert.Throws<KeyFileException>(() => KeyFile.Load(Keys));
            Assert.Contains("damaged", refused.Message);
            Assert.DoesNotContain(key[..10], refused.ToString());
        }
    }
}
