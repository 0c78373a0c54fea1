using System.Text.Json;
using Rempart.Api;
using Rempart.Api.Infra;
using Rempart.Linux;

namespace Rempart.Node.Profiles;

/// <summary>What this host was told last, for an agent that starts while no API server answers: its machines move over planes and lie in pools that it must still know.</summary>
/// <param name="path">the file.</param>
internal sealed class HostSpecFile(string path)
{
    /// <summary>What was told; null when nothing was, or it can't be read: then it is told again.</summary>
    internal HostSpec? Read()
    {
        try
        {
            return File.Exists(path) ? (HostSpec?)JsonSerializer.Deserialize(File.ReadAllBytes(path), ApiJson.Lenient.GetTypeInfo(typeof(HostSpec))) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Keeps it; null to forget.</summary>
    internal void Write(HostSpec? told)
    {
        if (told is null) File.Delete(path);
        else DurableFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(told, ApiJson.Lenient.GetTypeInfo(typeof(HostSpec))), UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }
}
