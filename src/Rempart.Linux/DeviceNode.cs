namespace Rempart.Linux;

/// <summary>Character devices (mknod(2)).</summary>
public static class DeviceNode
{
    private const uint CharacterDevice = 0x2000; // S_IFCHR

    /// <param name="path">must not exist.</param>
    /// <param name="major">major number, below 4,096.</param>
    /// <param name="minor">minor number, below 256.</param>
    /// <param name="mode">permission bits; the process's umask is taken off.</param>
    public static void CreateCharacter(string path, uint major, uint minor, UnixFileMode mode)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(major, 4095u);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minor, 255u);
        if (Native.Mknod(path, CharacterDevice | (uint)mode, (major << 8) | minor) < 0) throw LinuxException.Last($"make device `{path}`");
    }
}
